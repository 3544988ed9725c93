using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The members that equivocated, on disk: for each its certificate and the proof, as frames of the wire, each after its length. Not
/// thread-safe.
/// </summary>
internal sealed class EvictionFile(string path, ExchangeLog log)
{
    private readonly List<(Member Member, EquivocationProof Proof)> _evicted = [];

    public string Path => path;

    /// <summary>The members stored before this start; none, and a line in the log, for a damaged file.</summary>
    public IReadOnlyList<(Member Member, EquivocationProof Proof)> Read()
    {
        _evicted.Clear();
        try
        {
            if (File.Exists(path))
            {
                using var file = File.OpenRead(path);
                while (_evicted.Count < ExchangeLimits.Proofs && ReadOne(file) is { } frame)
                {
                    _evicted.Add((MemberOf(frame), ReadOne(file) is EquivocationFrame equivocation ? equivocation.Proof : throw new InvalidDataException("a proof is missing")));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            log.EvictionsUnusable(path, e.Message);
        }

        foreach (var (member, _) in _evicted)
        {
            log.StaysEvicted(member.Origin.ToString(), member.Operator);
        }

        return [.. _evicted];
    }

    /// <summary>Stores one more member, up to <see cref="ExchangeLimits.Proofs"/>.</summary>
    /// <exception cref="IOException">It cannot be stored.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be stored.</exception>
    public void Add(Member member, EquivocationProof proof)
    {
        if (_evicted.Count >= ExchangeLimits.Proofs)
        {
            return;
        }

        _evicted.Add((member, proof));
        AtomicFile.Write(path, file =>
        {
            foreach (var (who, what) in _evicted)
            {
                FrameWriter.Write(new CredentialFrame(who.Certificate)).WriteDelimitedTo(file);
                FrameWriter.Write(new EquivocationFrame(what)).WriteDelimitedTo(file);
            }
        });
    }

    private static Protocol.Exchange.Frame? ReadOne(FileStream file) =>
        file.Position >= file.Length ? null
        : FrameReader.TryRead(Frame.Parser.ParseDelimitedFrom(file), out var frame) && frame is not null ? frame
        : throw new InvalidDataException("it contains another frame than a certificate or a proof");

    // The certificate's validity is not checked: a new certificate for the same key does not undo an equivocation.
    private static Member MemberOf(Protocol.Exchange.Frame frame)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(((frame as CredentialFrame) ?? throw new InvalidDataException("a certificate is missing")).Certificate.Span);
        return PeerAdmission.MemberOf(certificate)?.Member ?? throw new InvalidDataException("a certificate names no node");
    }
}
