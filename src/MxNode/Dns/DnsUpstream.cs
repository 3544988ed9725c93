using System.Net;

namespace ThrottleNet.MxNode.Dns;

/// <summary>A recursive server, and what its answers have shown about it. Thread-safe.</summary>
internal sealed class DnsUpstream(IPEndPoint endPoint, TimeProvider time)
{
    /// <summary>How long a fallback that worked is tried first. After that the server is asked with EDNS again.</summary>
    public static readonly TimeSpan MemoryTime = TimeSpan.FromMinutes(10);

    // A server that answered with EDNS so lately is not one that cannot: another zone's servers were slow.
    private static readonly TimeSpan ProofTime = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DnsTransport _answeredBy;
    private long _answeredAt;
    private long? _ednsAt;
    private bool _echoesCase;
    private bool _sentOtherCase;

    public IPEndPoint EndPoint => endPoint;

    /// <summary>The transport to try first.</summary>
    public DnsTransport Preferred
    {
        get
        {
            lock (_lock)
            {
                return time.GetElapsedTime(_answeredAt) < MemoryTime ? _answeredBy : DnsTransport.UdpWithEdns;
            }
        }
    }

    /// <summary>Notes by which transport the server answered.</summary>
    public void NoteAnswer(DnsTransport transport)
    {
        lock (_lock)
        {
            if (transport == DnsTransport.UdpWithEdns)
            {
                _ednsAt = time.GetTimestamp();
            }
            else if (_ednsAt is { } at && time.GetElapsedTime(at) < ProofTime)
            {
                return;
            }

            if (transport != _answeredBy || time.GetElapsedTime(_answeredAt) >= MemoryTime)
            {
                (_answeredBy, _answeredAt) = (transport, time.GetTimestamp());
            }
        }
    }

    /// <summary>Notes that a UDP query had no acceptable answer in time.</summary>
    public void NoteSilence()
    {
        lock (_lock)
        {
            // The server answered, but no longer in the query's spelling: another machine has the address now.
            if (_sentOtherCase)
            {
                _echoesCase = false;
            }
        }
    }

    /// <summary>
    /// Whether a UDP answer may be used. Once the server has copied the question's spelling, an answer in another spelling is taken
    /// for a forgery (<see cref="Protocol.Dns.QuestionCase"/>), unless nothing better comes in time.
    /// </summary>
    /// <param name="isSameCase">Whether the answer spells the question as the query did.</param>
    public bool Accepts(bool isSameCase)
    {
        lock (_lock)
        {
            _sentOtherCase = !isSameCase && _echoesCase;
            _echoesCase |= isSameCase;
            return !_sentOtherCase;
        }
    }
}
