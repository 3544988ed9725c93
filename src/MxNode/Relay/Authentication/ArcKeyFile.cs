using System.Security.Cryptography;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>The key that seals messages, as its file was at the start or at the last reload. While the file cannot be read the last good key stays in use.</summary>
internal sealed class ArcKeyFile
{
    private readonly Live<RelayOptions> _options;
    private readonly ILogger<ArcKeyFile> _logger;
    private volatile ArcKey? _current;

    public ArcKeyFile(Live<RelayOptions> options, ILogger<ArcKeyFile> logger)
    {
        _options = options;
        _logger = logger;
        Read();
    }

    /// <summary>The key; null where messages are not sealed.</summary>
    public ArcKey? Current => _options.Current.Authentication == AuthenticationMode.Arc ? _current : null;

    /// <summary>Reads the file again.</summary>
    public void Read()
    {
        var arc = _options.Current.Arc;
        if (_options.Current.Authentication != AuthenticationMode.Arc || arc is not { Key: { } file, Domain: { } domain })
        {
            return;
        }

        try
        {
            _current = new ArcKey(domain, arc.Selector, ArcKey.Read(file));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            RelayLog.ArcKeyNotRead(_logger, file, e.Message.TrimEnd('.'));
        }
    }
}
