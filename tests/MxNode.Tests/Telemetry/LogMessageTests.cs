using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Documents;

namespace ThrottleNet.MxNode.Tests.Telemetry;

/// <summary>
/// The node's log messages. Programs read the JSON lines by event id and by the names of the values, so both stay: events.golden has a line for each message, with
/// its id, its level and its values. A line may be added; a changed one breaks a reader.
/// </summary>
public sealed partial class LogMessageTests
{
    private static readonly Type[] Numbers = [typeof(int), typeof(long), typeof(uint), typeof(ulong), typeof(short), typeof(ushort)];

    // No plurals of things.
    private static readonly string[] OtherWords = ["ms", "is", "was", "has", "as", "its", "this", "does"];

    private static IReadOnlyList<(MethodInfo Method, LoggerMessageAttribute Event)> Messages { get; } =
    [
        .. typeof(NodeHost).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(method => (method, method.GetCustomAttribute<LoggerMessageAttribute>()!))
            .Where(message => message.Item2 is not null),
    ];

    [Fact]
    public void Each_event_has_an_id_of_its_own() =>
        Repository.Expect(Messages.GroupBy(m => m.Event.EventId).Where(g => g.Count() > 1).Select(g => $"{g.Key} is {string.Join(" and ", g.Select(m => $"{m.Method.DeclaringType!.Name}.{m.Method.Name}"))}"));

    [Fact]
    public void Ids_levels_and_names_of_values_are_those_of_the_golden_file() => Assert.Equal(
        File.ReadAllLines(Repository.File("tests/MxNode.Tests/Telemetry/events.golden")),
        Messages.OrderBy(m => m.Event.EventId).Select(m => string.Join(' ', [
            m.Event.EventId.ToString(CultureInfo.InvariantCulture), m.Event.Level.ToString(), .. Value().Matches(m.Event.Message).Select(v => v.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)])));

    [Fact]
    public void No_message_has_a_plural_after_a_number_that_may_be_1() => Repository.Expect(
        from message in Messages
        from Match match in Counted().Matches(message.Event.Message)
        where message.Method.GetParameters().Any(p => Numbers.Contains(p.ParameterType) && string.Equals(p.Name, match.Groups[1].Value, StringComparison.OrdinalIgnoreCase))
        where !OtherWords.Contains(match.Groups[2].Value)
        select $"{message.Event.EventId}: \"{match.Value}\" reads \"1 {match.Groups[2].Value}\"; name what is counted before the number");

    [GeneratedRegex(@"\{(\w+)(?::[^}]*)?\}")]
    private static partial Regex Value();

    // A value, and a word that ends in s behind it, with up to two words between.
    [GeneratedRegex(@"\{(\w+)(?::[^}]*)?\} (?:[a-z]+ ){0,2}?([a-z]+s)\b")]
    private static partial Regex Counted();
}
