using System.Collections;
using System.Globalization;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The tables of settings in docs/operator.md against the option records: the same keys, with the same defaults.</summary>
public sealed class SettingsTableTests
{
    private const string NoValue = "none";

    [Fact]
    public void The_tables_have_every_setting_and_no_other()
    {
        var (settings, rows) = (Settings(), Rows());
        Repository.Expect(settings.Keys.Except(rows.Select(r => r.Key)).Select(key => $"{key} has no row in docs/operator.md"));
        Repository.Expect(rows.Select(r => r.Key).Except(settings.Keys).Select(key => $"{key} has a row in docs/operator.md, but is no setting"));
        Repository.Expect(rows.GroupBy(r => r.Key).Where(g => g.Count() > 1).Select(g => $"{g.Key} has {g.Count()} rows in docs/operator.md"));
        Assert.InRange(rows.Count, 80, int.MaxValue);
    }

    [Fact]
    public void The_tables_have_the_default_of_every_setting()
    {
        var settings = Settings();
        Repository.Expect(Rows().Where(r => settings.TryGetValue(r.Key, out var value) && value != r.Default).Select(r => $"{r.Key}: the default is {settings[r.Key]}, docs/operator.md says {r.Default}"));
    }

    [Fact]
    public void Each_row_says_what_the_setting_means()
    {
        var rows = Rows();
        Assert.NotEmpty(rows);
        Assert.DoesNotContain(rows, r => r.Meaning.Length < 5);
    }

    // Key to default, both as an operator reads them.
    private static Dictionary<string, string> Settings()
    {
        var settings = new Dictionary<string, string>();
        Add("", new NodeConfiguration());
        return settings;

        void Add(string section, object record)
        {
            foreach (var property in record.GetType().GetProperties().Where(p => p.CanWrite))
            {
                var (key, value) = ($"{section}{property.Name}", property.GetValue(record));
                if (value is null or string or IEnumerable || ScalarReader.CanRead(value.GetType()))
                {
                    settings.Add(key, Text(value));
                }
                else
                {
                    Add($"{key}:", value);
                }
            }
        }
    }

    private static string Text(object? value) => value switch
    {
        null => NoValue,
        bool yes => yes ? "true" : "false",
        string text => text,
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(Text)) is { Length: > 0 } items ? items : NoValue,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // The tables whose first column is named "key".
    private static List<(string Key, string Default, string Meaning)> Rows()
    {
        var rows = new List<(string, string, string)>();
        var isTable = false;
        foreach (var line in File.ReadLines(Repository.File("docs/operator.md")))
        {
            isTable = line.StartsWith('|') && (isTable || line.StartsWith("| key |", StringComparison.Ordinal));
            if (isTable && line.Split('|', 5) is [_, var key, var value, var meaning, _] && key.StartsWith(" `", StringComparison.Ordinal))
            {
                rows.Add((key.Trim(' ', '`'), value.Trim(' ', '`'), meaning.Trim()));
            }
        }

        return rows;
    }
}
