using System.Globalization;
using System.Security.Cryptography;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Short names for sessions, unique on this node over the life of its logs.</summary>
internal static class SessionId
{
    private static readonly string Start = RandomNumberGenerator.GetHexString(6, lowercase: true);
    private static long _last;

    public static string Next() => string.Create(CultureInfo.InvariantCulture, $"{Start}{Interlocked.Increment(ref _last):x4}");
}
