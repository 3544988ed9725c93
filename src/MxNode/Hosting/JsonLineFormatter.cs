using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>
/// Writes a log entry as one JSON object on one line. The fields have the names of the framework's own JSON formatter; its second copy of the message
/// and the message's template are left out.
/// </summary>
internal sealed class JsonLineFormatter(TimeProvider time) : ConsoleFormatter(FormatName)
{
    /// <summary>The name by which the console logger finds this formatter.</summary>
    public const string FormatName = "throttlenet-json";

    private const string Template = "{OriginalFormat}";

    // Octets that are enough for a session's line, the most frequent one.
    private const int LineLength = 2 * 1024;

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = new ArrayBufferWriter<byte>(LineLength);
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp", Iso(time.GetUtcNow().UtcDateTime));
            json.WriteNumber("EventId", logEntry.EventId.Id);
            json.WriteString("LogLevel", logEntry.LogLevel.ToString());
            json.WriteString("Category", logEntry.Category);
            json.WriteString("Message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (logEntry.Exception is { } exception)
            {
                json.WriteString("Exception", exception.ToString());
            }

            if (logEntry.State is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                WriteValues(json, values);
            }

            json.WriteEndObject();
        }

        var text = ArrayPool<char>.Shared.Rent(line.WrittenCount);
        textWriter.WriteLine(text.AsSpan(0, Encoding.UTF8.GetChars(line.WrittenSpan, text)));
        ArrayPool<char>.Shared.Return(text);
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        json.WriteStartObject("State");
        foreach (var (name, value) in values)
        {
            switch (value)
            {
                case not null when name == Template:
                    break;
                case int or long or uint or short or byte:
                    json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case double or float:
                    WriteReal(json, name, Convert.ToDouble(value, CultureInfo.InvariantCulture));
                    break;
                case bool yes:
                    json.WriteBoolean(name, yes);
                    break;
                case DateTime moment:
                    json.WriteString(name, Iso(moment.ToUniversalTime()));
                    break;
                case DateTimeOffset moment:
                    json.WriteString(name, Iso(moment.UtcDateTime));
                    break;
                default:
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }

        json.WriteEndObject();
    }

    // JSON has no infinity and no NaN.
    private static void WriteReal(Utf8JsonWriter json, string name, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static string Iso(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
