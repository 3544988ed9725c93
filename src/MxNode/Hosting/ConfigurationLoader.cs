using System.Globalization;
using System.Text.Json;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>
/// Reads a node's configuration: defaults, then the file, then THROTTLENET_Section__Key in the environment,
/// then --set Section:Key=Value. All errors are reported at once.
/// </summary>
internal static class ConfigurationLoader
{
    public const string EnvironmentPrefix = "THROTTLENET_";

    public static ConfigurationResult Load(string? file, IReadOnlyList<string> settings)
    {
        var errors = new List<string>();
        var builder = new ConfigurationBuilder();
        var unreadable = file is not null && !TryAddFile(builder, file, errors);
        builder.AddEnvironmentVariables(EnvironmentPrefix);
        builder.AddInMemoryCollection(ParseSettings(settings, errors));

        // If the file cannot be read, other errors are left out: they would only repeat that its settings are missing.
        if (unreadable)
        {
            return new ConfigurationResult(null, errors);
        }

        var configuration = OptionsBinder.Bind<NodeConfiguration>(builder.Build(), errors);
        errors.AddRange(configuration.Validate());
        return errors.Count > 0 ? new ConfigurationResult(null, errors) : new ConfigurationResult(configuration, []);
    }

    private static bool TryAddFile(ConfigurationBuilder builder, string file, List<string> errors)
    {
        try
        {
            var bytes = File.ReadAllBytes(file);
            new ConfigurationBuilder().AddJsonStream(new MemoryStream(bytes)).Build();
            builder.AddJsonStream(new MemoryStream(bytes));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{file}: cannot be read ({e.Message}); name a readable file with --config");
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or JsonException)
        {
            var cause = e.InnerException as JsonException ?? e as JsonException;
            errors.Add(cause?.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $"{file}: line {line + 1}, column {cause.BytePositionInLine + 1}: not JSON; correct it there (comments and trailing commas are fine)")
                : $"{file}: {e.Message.TrimEnd('.')}; write one JSON object with each key once");
        }

        return false;
    }

    private static Dictionary<string, string?> ParseSettings(IReadOnlyList<string> settings, List<string> errors)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in settings)
        {
            var at = setting.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                errors.Add($"--set {setting}: no value; write --set Section:Key=Value");
            }
            else
            {
                values[setting[..at]] = setting[(at + 1)..];
            }
        }

        return values;
    }
}
