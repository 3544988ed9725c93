using System.Globalization;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>The codec of grpc-timeout (gRPC, doc/PROTOCOL-HTTP2.md, Timeout): up to eight digits and a unit.</summary>
public static class GrpcTimeout
{
    private const int MaxDigits = 8;
    private const long MaxValue = 99_999_999;

    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond),
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute),
        ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>A positive time in the finest unit that holds it, rounded up; "99999999H" stands for anything longer.</summary>
    public static string Format(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        foreach (var (unit, ticks) in Units)
        {
            var value = ((timeout.Ticks - 1) / ticks) + 1;
            if (value <= MaxValue)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
            }
        }

        return $"{MaxValue}H";
    }

    /// <summary>False for anything but one to eight digits and one of H M S m u n. Nanoseconds are rounded up to 100 ns.</summary>
    public static bool TryParse(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1
            || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        if (text[^1] == 'n')
        {
            timeout = new TimeSpan((value + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
            return true;
        }

        var ticks = Array.Find(Units, candidate => candidate.Unit == text[^1]).Ticks;
        timeout = new TimeSpan(value * ticks);
        return ticks != 0;
    }
}
