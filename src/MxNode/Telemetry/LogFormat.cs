namespace ThrottleNet.MxNode.Telemetry;

/// <summary>How the log's lines are written to standard output.</summary>
internal enum LogFormat
{
    /// <summary>Text on a terminal, JSON elsewhere.</summary>
    Auto,

    /// <summary>Lines for people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>Text with the priority that journald reads in front (sd-daemon(3)); journald adds the time.</summary>
    Journald,
}
