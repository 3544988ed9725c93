using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Hosting;

/// <summary>The log as JSON lines.</summary>
public sealed class JsonLineFormatterTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void An_entry_is_one_line_with_its_time_its_values_and_its_message_once()
    {
        var line = Write([new("Block", "192.0.2.7"), new("Count", 12), new("{OriginalFormat}", "block {Block}: {Count}")], "block 192.0.2.7: 12", null);
        Assert.Equal(line.IndexOf('\n', StringComparison.Ordinal), line.Length - 1);
        Assert.Equal(line.IndexOf("block 192", StringComparison.Ordinal), line.LastIndexOf("block 192", StringComparison.Ordinal));
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal(_clock.GetUtcNow(), root.GetProperty("Timestamp").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal(1020, root.GetProperty("EventId").GetInt32());
        Assert.Equal("Warning", root.GetProperty("LogLevel").GetString());
        Assert.Equal("block 192.0.2.7: 12", root.GetProperty("Message").GetString());
        Assert.Equal(["Block", "Count"], root.GetProperty("State").EnumerateObject().Select(p => p.Name));
        Assert.Equal(12, root.GetProperty("State").GetProperty("Count").GetInt32());
        Assert.False(root.TryGetProperty("Exception", out _));
    }

    [Fact]
    public void Line_ends_and_control_characters_of_a_client_stay_inside_the_line()
    {
        var line = Write([new("Hello", "a\r\n{\"LogLevel\":\"Critical\"}\u001b[2J")], "hello a\r\nb\u0007", new InvalidOperationException("one\ntwo"));
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain(line, c => char.IsControl(c) && c != '\n');
        using var json = JsonDocument.Parse(line);
        Assert.Equal("a\r\n{\"LogLevel\":\"Critical\"}\u001b[2J", json.RootElement.GetProperty("State").GetProperty("Hello").GetString());
        Assert.Contains("one\ntwo", json.RootElement.GetProperty("Exception").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Dates_are_as_in_ISO_8601_and_numbers_are_numbers()
    {
        var moment = new DateTimeOffset(2036, 11, 28, 13, 5, 7, 250, TimeSpan.FromHours(2));
        var line = Write([new("NotAfter", moment.UtcDateTime), new("Next", moment), new("Local", moment.LocalDateTime), new("Seconds", 1.5), new("Share", float.NaN), new("After", TimeSpan.FromMinutes(90))], "", null);
        using var json = JsonDocument.Parse(line);
        var state = json.RootElement.GetProperty("State");
        Assert.All(["NotAfter", "Next", "Local"], name => Assert.Equal("2036-11-28T11:05:07.250Z", state.GetProperty(name).GetString()));
        Assert.Equal(1.5, state.GetProperty("Seconds").GetDouble());
        Assert.Equal("NaN", state.GetProperty("Share").GetString());
        Assert.Equal("01:30:00", state.GetProperty("After").GetString());
    }

    private string Write(List<KeyValuePair<string, object?>> state, string message, Exception? exception)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new JsonLineFormatter(_clock).Write(
            new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(LogLevel.Warning, "ThrottleNet.Test", new EventId(1020), state, exception, (_, _) => message), null, text);
        return text.ToString();
    }
}
