using System.Security.Cryptography;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// Keeps the files of <c>Trust:Exports</c> current: each is replaced as a whole, and only when its content has changed. A failed
/// export is repeated after a pause. Not thread-safe.
/// </summary>
internal sealed class TrustExporter(TrustOptions options, NodeHealth health, ILogger<TrustExporter> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, byte[]> _written = [];

    /// <summary>Whether an export failed and its pause is over.</summary>
    public bool HasRetryDue => options.Exports.Keys.Any(format => HealthOf(format) is { IsFailing: true, IsDue: true });

    public void Export(TrustIndex list)
    {
        foreach (var (format, path) in options.Exports)
        {
            var state = HealthOf(format);
            if (state.IsDue)
            {
                Export(list, format, path, state);
            }
        }
    }

    private void Export(TrustIndex list, string format, string path, ComponentHealth state)
    {
        try
        {
            using var content = new MemoryStream();
            ExportWriter.Write(format, list, content);
            var hash = SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length));
            if (!_written.TryGetValue(format, out var last) || !last.AsSpan().SequenceEqual(hash) || !File.Exists(path))
            {
                AtomicFile.Write(path, content.WriteTo);
                _written[format] = hash;
                log.Exported(format, path);
            }

            state.Worked();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            if (state.Failed(exception.Message))
            {
                log.NotExported(format, path, exception.Message);
            }
        }
    }

    private ComponentHealth HealthOf(string format) => health.Of($"trust export {format}", FirstPause, LongestPause);
}
