using System.Globalization;
using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>
/// Loopback addresses nobody else uses, so that programs that cannot choose a free port themselves have every port to themselves.
/// </summary>
internal static class Loopback
{
    // A process's addresses begin anywhere in 127.1.0.0 to 127.250.255.255: another run beside this one hardly meets them.
    private static int _last = Random.Shared.Next(1 << 16, 250 << 16);

    public static IPAddress Next()
    {
        var number = Interlocked.Increment(ref _last);
        return IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.{number >> 16}.{(number >> 8) & 255}.{number & 255}"));
    }
}
