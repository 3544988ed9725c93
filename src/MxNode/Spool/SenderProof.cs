using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Authentication;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Spf;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Decides whether the reverse-path of a message is its sender's own, so that a report to it is no backscatter: the client was a trusted host,
/// or SPF passes for the client (RFC 7208), or a valid DKIM signature (RFC 6376) is by the reverse-path's domain or one above it.
/// </summary>
internal sealed class SenderProof(IDnsResolver dns, TimeProvider time) : IDisposable
{
    // Messages whose signatures are checked at a time: each is in memory as a whole. Nothing waits for the DNS meanwhile.
    private const int Places = 2;

    // A stranger decides how slow its DNS is, and must not keep a delivery's place for longer than this. RFC 7208, section 4.6.4, asks for at least 20 seconds for SPF.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _places = new(Places);

    /// <summary>True: proven. Null: the DNS does not answer now, or not within 20 s in all. It is asked only when a report is due, which is rare.</summary>
    public async Task<bool?> IsProvenAsync(LoadedMessage message, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await FindOutAsync(message, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<bool?> FindOutAsync(LoadedMessage message, CancellationToken cancel)
    {
        if (message.Envelope is not { Sender: { } sender, Client: { } client })
        {
            return false;
        }

        if (client.IsTrusted)
        {
            return true;
        }

        var spf = await new SpfCheck(IPAddress.Parse(client.Address), sender.Local, sender.Domain, client.Helo, SpfMethod.Lookup(dns)).RunAsync(cancel);
        if (spf == SpfResult.Pass)
        {
            return true;
        }

        var signed = await IsSignedAsync(message, sender.Domain, cancel);
        return signed == false && spf == SpfResult.TempError ? null : signed;
    }

    private async Task<bool?> IsSignedAsync(LoadedMessage message, string domain, CancellationToken cancel)
    {
        var text = message.Text.ToOutgoing(default);
        var header = await HeaderReader.ReadAsync(text, cancel);
        var signatures = header.Fields.Where(f => f.Name.Equals("DKIM-Signature", StringComparison.OrdinalIgnoreCase) && DkimTags.Read(f.Value) is { } tags && IsAligned(tags, domain));
        var keys = new DkimKeys(dns, DkimCheck.MaxSignatures);
        await keys.FetchAsync(signatures.Take(DkimCheck.MaxSignatures), cancel);
        await _places.WaitAsync(cancel);
        try
        {
            using var whole = await WholeText.ReadAsync(text, 0, cancel);
            if (whole is null)
            {
                return false;
            }

            var results = await new DkimCheck(keys, time).VerifyAsync(whole.Message, tags => IsAligned(tags, domain), cancel);
            cancel.ThrowIfCancellationRequested();

            // The one reason of a pass is a key in test mode, whose signatures count no more than none (RFC 6376, section 3.6.1).
            return results.Any(r => r is { Result: "pass", Reason: null }) ? true : results.Any(r => r.Result == "temperror") ? null : false;
        }
        finally
        {
            _places.Release();
        }
    }

    // The tag d (RFC 6376, section 3.5).
    private static bool IsAligned(IReadOnlyDictionary<string, string> tags, string domain) =>
        tags.TryGetValue("d", out var signer) && signer.Contains('.', StringComparison.Ordinal) && DnsName.IsAtOrUnder(domain, DnsName.Canonical(signer));
}
