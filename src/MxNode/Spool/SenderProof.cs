using System.Net;
using MimeKit;
using MimeKit.Cryptography;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Spf;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Decides whether the reverse-path of a message is its sender's own, so that a report to it is no backscatter: the client was a trusted host,
/// or SPF passes for the client (RFC 7208), or a valid DKIM signature (RFC 6376) is by the reverse-path's domain or one above it.
/// </summary>
internal sealed class SenderProof(IDnsResolver dns) : IDisposable
{
    private const int MaxSignatures = 5;

    // A message is in memory while its signatures are checked.
    private readonly SemaphoreSlim _places = new(2);

    /// <summary>True: proven. Null: the DNS does not answer now. It is asked only when a report is due, which is rare.</summary>
    public async Task<bool?> IsProvenAsync(LoadedMessage message, CancellationToken cancel)
    {
        if (message.Envelope is not { Sender: { } sender, Client: { } client })
        {
            return false;
        }

        if (client.IsTrusted)
        {
            return true;
        }

        var spf = await new SpfCheck(IPAddress.Parse(client.Address), sender.Local, sender.Domain, client.Helo, AskAsync).RunAsync(cancel);
        if (spf == SpfResult.Pass)
        {
            return true;
        }

        var signed = await IsSignedAsync(message, sender.Domain, cancel);
        return signed == false && spf == SpfResult.TempError ? null : signed;
    }

    public void Dispose() => _places.Dispose();

    private async ValueTask<IReadOnlyList<DnsRecord>?> AskAsync(string name, DnsType type, CancellationToken cancel)
    {
        var answer = await dns.QueryAsync(name, type, cancel);
        return answer.Status == DnsStatus.Failure ? null : answer.Records;
    }

    private async Task<bool?> IsSignedAsync(LoadedMessage message, string domain, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        try
        {
            using var text = new MemoryStream();
            await foreach (var piece in message.Text.ReadPiecesAsync(0, cancel))
            {
                text.Write(piece.Span);
            }

            text.Position = 0;
            using var parsed = await MimeMessage.LoadAsync(text, persistent: true, cancel);
            return await IsSignedAsync(parsed, domain, cancel);
        }
        catch (FormatException)
        {
            return false;
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<bool?> IsSignedAsync(MimeMessage message, string domain, CancellationToken cancel)
    {
        var keys = new DkimKeys(dns);
        var verifier = new DkimVerifier(keys);
        foreach (var signature in message.Headers.Where(h => h.Id == HeaderId.DkimSignature && IsAligned(h.Value, domain)).Take(MaxSignatures))
        {
            try
            {
                if (await verifier.VerifyAsync(message, signature, cancel))
                {
                    return true;
                }
            }
            catch (Exception e) when (e is FormatException or ParseException or ArgumentException or InvalidCastException)
            {
                // A signature or a key that cannot be read proves nothing.
            }
        }

        return keys.IsDnsSilent ? null : false;
    }

    // The tag d (RFC 6376, section 3.5).
    private static bool IsAligned(string signature, string domain) => signature.Split(';')
        .Select(tag => tag.Split('=', 2, StringSplitOptions.TrimEntries))
        .Any(tag => tag is ["d", var signer] && signer.Contains('.', StringComparison.Ordinal) && DnsName.IsAtOrUnder(domain, DnsName.Canonical(signer)));
}
