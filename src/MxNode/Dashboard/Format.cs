using System.Globalization;
using System.Text.RegularExpressions;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Figures and words as the pages show them.</summary>
internal static partial class Format
{
    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["none"] = "",
        ["Trusted"] = "on the trusted list",
        ["PersonRate"] = "sends as much as a person",
        ["OverSoftLimit"] = "over the soft limit",
        ["OverHardLimit"] = "over the limit of the hour",
        ["OverDayLimit"] = "over the limit of the day",
        ["FarOverLimit"] = "far over its limit",
        ["GuessingRecipients"] = "guesses recipients",
        ["ManyNewcomers"] = "many newcomers in its network",
        ["RefusedContent"] = "filters refused many of its messages",
        ["NextHop"] = "the next hop's answer",
        ["EarlyTalker"] = "spoke before the greeting",
        ["NotSubscribed"] = "the domain does not use this network",
        ["NoLongerSubscribed"] = "the domain no longer uses this network",
        ["DnsFailure"] = "the DNS did not answer",
        ["TooManyConnectionsFromBlock"] = "too many connections of the block",
        ["ShuttingDown"] = "the node stops",
        ["Pressure"] = "the node is short of memory or disk",
    };

    /// <summary>A whole number, with a comma between thousands.</summary>
    public static string Count(double number) => Math.Round(number).ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number with at most one decimal.</summary>
    public static string Number(double number) => Math.Abs(number) >= 100 ? Count(number) : number.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>A number and what it counts, in the singular or the plural.</summary>
    public static string Count(long number, string what) => $"{Count(number)} {what}{(number == 1 ? "" : "s")}";

    /// <summary>Octets as kB, MB or GB.</summary>
    public static string Octets(long octets) => octets switch
    {
        >= 1_000_000_000 => $"{Number(octets / 1e9)} GB",
        >= 1_000_000 => $"{Number(octets / 1e6)} MB",
        >= 1_000 => $"{Number(octets / 1e3)} kB",
        _ => $"{octets} B",
    };

    /// <summary>A duration in its two largest units.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => $"{Count(time.TotalMilliseconds)} ms",
        { TotalMinutes: < 1 } => $"{Number(time.TotalSeconds)} s",
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} min",
        _ => $"{Count(time.Days, "day")} {time.Hours} h",
    };

    /// <summary>Whole minutes, rounded up; "now" for none.</summary>
    public static string Minutes(TimeSpan time) => time <= TimeSpan.Zero ? "now" : $"{Count(Math.Ceiling(time.TotalMinutes))} min";

    /// <summary>How long ago a moment was.</summary>
    public static string Ago(TimeSpan age) => age < TimeSpan.FromSeconds(1) ? "just now" : $"{Duration(age)} ago";

    /// <summary>A date and time, UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>The hour and minute, UTC.</summary>
    public static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture);

    public static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A reason's name as words: "OverDayLimit" is "over the limit of the day".</summary>
    public static string Reason(string name) =>
        Reasons.TryGetValue(name, out var words) ? words : Capital().Replace(name, match => $"{(match.Index == 0 ? "" : " ")}{match.Value.ToLowerInvariant()}");

    /// <summary>A verdict in the words of the dashboard: of a session, or of the throttle, whose refusal is that of the connection.</summary>
    public static string Verdict(string verdict) => verdict switch
    {
        "forward" or nameof(VerdictAction.Forward) => "passed",
        "slow" or nameof(VerdictAction.Slow) => "slowed",
        "defer" or nameof(VerdictAction.Defer) => "deferred",
        "refuse" => "refused",
        RecentSession.Door or nameof(VerdictAction.Refuse) => "turned away",
        _ => "no mail",
    };

    /// <summary>The CSS class of a verdict.</summary>
    public static string VerdictClass(string verdict) => Verdict(verdict).Replace(' ', '-');

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
