namespace ThrottleNet.Real.Tests.Packages;

/// <summary>The section [Service] of a unit file (systemd.service(5), systemd.exec(5)). A key that stands several times has all its values.</summary>
internal sealed class SystemdUnit
{
    private readonly ILookup<string, string> _values;

    private SystemdUnit(ILookup<string, string> values) => _values = values;

    public static SystemdUnit Parse(string text) => new(text.Split('\n')
        .SkipWhile(line => line != "[Service]").Skip(1).TakeWhile(line => !line.StartsWith('['))
        .Where(line => line.Length > 0 && line[0] is not ('#' or ';'))
        .Select(line => line.Split('=', 2))
        .ToLookup(pair => pair[0].Trim(), pair => pair[1].Trim()));

    /// <summary>The one value of a key.</summary>
    public string this[string key] => _values[key].Single();

    /// <summary>The words of a key's value.</summary>
    public string[] Words(string key) => this[key].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The seconds of a key's value.</summary>
    public TimeSpan Seconds(string key) => TimeSpan.FromSeconds(int.Parse(this[key], System.Globalization.CultureInfo.InvariantCulture));
}
