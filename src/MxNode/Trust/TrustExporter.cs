using System.Security.Cryptography;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Keeps the files of <c>Trust:Exports</c> up to date: replaced whole, and only when the list has changed.</summary>
internal sealed class TrustExporter(TrustOptions options, ILogger<TrustExporter> log)
{
    private readonly Dictionary<string, byte[]> _written = [];

    public void Export(TrustIndex list)
    {
        foreach (var (format, path) in options.Exports)
        {
            using var content = new MemoryStream();
            ExportWriter.Write(format, list, content);
            var hash = SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length));
            if (_written.TryGetValue(format, out var last) && last.AsSpan().SequenceEqual(hash) && File.Exists(path))
            {
                continue;
            }

            try
            {
                AtomicFile.Write(path, content.WriteTo);
                _written[format] = hash;
                log.Exported(format, path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                log.NotExported(exception, format, path);
            }
        }
    }
}
