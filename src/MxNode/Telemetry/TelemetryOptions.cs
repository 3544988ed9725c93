namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Section <c>Telemetry</c>: metrics, traces and the log.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>An OTLP collector's gRPC address, e.g. http://collector.example.net:4317; null for none.</summary>
    public string? Otlp { get; init; }

    /// <summary>The least level that is logged. Debug logs people's addresses: use it for tests only.</summary>
    public LogLevel Log { get; init; } = LogLevel.Information;

    /// <summary>How the log's lines are written.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Auto;

    public IEnumerable<string> Validate(string section)
    {
        if (Otlp is not null && !(Uri.TryCreate(Otlp, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            yield return $"{section}:Otlp: \"{Otlp}\" is not the address of a collector; write a URL, e.g. http://collector.example.net:4317";
        }
    }
}
