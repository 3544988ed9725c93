using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Makes the exchange's state machine from the files of this node's last run.</summary>
internal sealed class CoreFactory(
    CoreSettings settings, CredentialStore credentials, PeerAdmission admission, Outbox outbox, ExchangeStore store, LedgerAttachment attachment)
{
    private NodeCredentials Self => credentials.Initial;

    /// <inheritdoc cref="ExchangeStore.Written"/>
    public Task Written => store.Written;

    /// <summary>The epoch of this start, stored before anything is sent under it.</summary>
    /// <exception cref="StartException">The certificate is a guard's, or the epoch cannot be stored.</exception>
    public ulong BeginEpoch()
    {
        ExpectNode(Self.Certificate);
        try
        {
            return store.NextEpoch();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{store.EpochPath} cannot be written ({e.Message.TrimEnd('.')}); the exchange counts its starts in this file", e);
        }
    }

    /// <exception cref="StartException">The certificate is a guard's.</exception>
    public static void ExpectNode(X509Certificate2 certificate)
    {
        if (NodeIdentity.IsGuard(certificate))
        {
            throw new StartException("Exchange:Certificate: the certificate is a guard's, which may ask relays but not join the exchange; issue one without --guard, or leave out Exchange:Listen, Peers and Discover");
        }
    }

    /// <summary>The state machine, with the applied ranges of the stored counts and the members that equivocated before this start.</summary>
    /// <param name="epoch">From <see cref="BeginEpoch"/>.</param>
    /// <param name="now">The node's steady time, milliseconds.</param>
    public ExchangeCore Create(ulong epoch, long now)
    {
        var self = PeerAdmission.MemberOf(Self.Certificate)!.Value.Member;
        var start = new ExchangeStart(self, BatchSignature.SignerOf(Self.Key), epoch, StoredRanges.Read(attachment.Restored.Span));
        var core = new ExchangeCore(settings.Create(), start, outbox, admission.Admit, Random.Shared);
        foreach (var (member, proof) in store.Evicted())
        {
            core.Convict(now, member, proof);
        }

        return core;
    }
}
