using System.Globalization;
using System.Net;

namespace ThrottleNet.TestKit;

/// <summary>
/// Loopback addresses that no other test uses, for programs that cannot choose a free port themselves.
/// </summary>
internal static class Loopback
{
    // The first address is random, in 127.1.0.0 to 127.250.255.255, so that two test runs at the same time hardly meet.
    private static int _last = Random.Shared.Next(1 << 16, 250 << 16);

    public static IPAddress Next()
    {
        var number = Interlocked.Increment(ref _last);
        return IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.{number >> 16}.{(number >> 8) & 255}.{number & 255}"));
    }
}
