using System.Globalization;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Words for a number of things. A log message, whose text is fixed, names what it counts before the number instead.</summary>
internal static class Plural
{
    /// <summary>A number and what it counts: "1 row", "2 rows".</summary>
    public static string Of(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");

    /// <summary>The same for a rate, with at most one decimal: "1 message", "1.5 messages".</summary>
    public static string Of(double number, string what)
    {
        var text = number.ToString("0.#", CultureInfo.InvariantCulture);
        return $"{text} {what}{(text == "1" ? "" : "s")}";
    }
}
