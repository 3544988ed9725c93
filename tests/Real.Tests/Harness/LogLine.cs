using System.Text.Json;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>One line of a node's log.</summary>
/// <param name="Text">The whole line.</param>
/// <param name="State">The message's parts by name.</param>
internal sealed record LogLine(string Text, int EventId, string Level, string Message, IReadOnlyDictionary<string, string> State)
{
    public bool IsError => Level is "Error" or "Critical";

    /// <summary>The line's parts; null if the line is not from the log.</summary>
    public static LogLine? Parse(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        return new LogLine(
            line,
            root.GetProperty(nameof(EventId)).GetInt32(),
            root.GetProperty("LogLevel").GetString()!,
            root.GetProperty(nameof(Message)).GetString()!,
            root.TryGetProperty(nameof(State), out var state) ? state.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ToString()) : []);
    }
}
