using System.Collections;
using System.Globalization;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>Says in one line for each setting how two values of it differ.</summary>
internal static class SettingDifference
{
    // Items of a list that are named; a list of trusted hosts may have thousands.
    private const int MostItems = 10;

    /// <summary>The lines; empty where the values are equal.</summary>
    /// <param name="key">The setting's key.</param>
    /// <param name="before">Its value now.</param>
    /// <param name="after">Its new value.</param>
    public static IReadOnlyList<string> Describe(string key, object? before, object? after)
    {
        if (Equals(before, after))
        {
            return [];
        }

        if (ItemsOf(before) is { } old && ItemsOf(after) is { } now && old.Count + now.Count > 0)
        {
            return old.SequenceEqual(now) ? [] : [$"{key}: {ListDifference(old, now)}"];
        }

        if (before is not null && after is not null && ItemsOf(before) is null && !ScalarReader.CanRead(before.GetType()))
        {
            return [.. before.GetType().GetProperties().Where(p => p.CanWrite).SelectMany(p => Describe($"{key}:{p.Name}", p.GetValue(before), p.GetValue(after)))];
        }

        return Text(before) == Text(after) ? [] : [$"{key}: {Text(before)} -> {Text(after)}"];
    }

    private static string ListDifference(List<string> old, List<string> now)
    {
        List<string> changes = [.. now.Except(old).Select(item => $"+{item}"), .. old.Except(now).Select(item => $"-{item}")];
        return changes.Count == 0 ? "in another order"
            : string.Join(", ", changes.Take(MostItems)) + (changes.Count > MostItems ? string.Create(CultureInfo.InvariantCulture, $", and {changes.Count - MostItems} more") : "");
    }

    // A list that is null has no items. A dictionary's order does not count.
    private static List<string>? ItemsOf(object? value) => value switch
    {
        null => [],
        string => null,
        IEnumerable<KeyValuePair<string, string>> map => [.. map.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal)],
        IEnumerable list => [.. list.Cast<object>().Select(Text)],
        _ => null,
    };

    private static string Text(object? value) => value switch
    {
        null or "" => "none",
        IEnumerable list and not string => string.Join(", ", list.Cast<object>().Select(Text)) is { Length: > 0 } items ? items : "none",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
