using System.Diagnostics.CodeAnalysis;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Answers until their time is over. Bounded twice, since strangers choose the questions: in number, and in memory because
/// an answer may be as long as 64 KiB. The least recently used goes first. Thread-safe.
/// </summary>
internal sealed class DnsCache(int capacity, TimeProvider time)
{
    /// <summary>Octets of memory for all answers, roughly: three times what the default number of ordinary answers takes.</summary>
    private const int MaxOctets = 32 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<DnsQuestion, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];
    private long _octets;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    public bool TryGet(DnsQuestion question, [NotNullWhen(true)] out DnsAnswer? answer)
    {
        answer = null;
        lock (_lock)
        {
            if (!_entries.TryGetValue(question, out var node))
            {
                return false;
            }

            if (time.GetElapsedTime(node.Value.Since) >= node.Value.Ttl)
            {
                RemoveUnderLock(node);
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            answer = node.Value.Answer;
            return true;
        }
    }

    public void Put(DnsQuestion question, DnsAnswer answer, TimeSpan ttl)
    {
        if (ttl <= TimeSpan.Zero)
        {
            return;
        }

        lock (_lock)
        {
            if (_entries.TryGetValue(question, out var old))
            {
                RemoveUnderLock(old);
            }

            var entry = new Entry(question, answer, time.GetTimestamp(), ttl, Measure(question, answer));
            _entries.Add(question, _byUse.AddFirst(entry));
            _octets += entry.Octets;
            while (_byUse.Last is { } last && (_entries.Count > capacity || _octets > MaxOctets))
            {
                RemoveUnderLock(last);
            }
        }
    }

    private void RemoveUnderLock(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Question);
        _byUse.Remove(node);
        _octets -= node.Value.Octets;
    }

    /// <summary>Objects and hash table by a rule of thumb, texts by their length.</summary>
    private static int Measure(DnsQuestion question, DnsAnswer answer)
    {
        const int EntryOverhead = 256;
        const int RecordOverhead = 128;
        return EntryOverhead + (sizeof(char) * question.Name.Length) + answer.Records.Sum(record => RecordOverhead + (sizeof(char) * Characters(record)));
    }

    private static int Characters(DnsRecord record) => record.Name.Length + record switch
    {
        NsRecord ns => ns.Server.Length,
        PtrRecord ptr => ptr.Target.Length,
        CnameRecord cname => cname.Target.Length,
        MxRecord mx => mx.Exchange.Length,
        SrvRecord srv => srv.Target.Length,
        SoaRecord soa => soa.PrimaryServer.Length + soa.Mailbox.Length,
        TxtRecord txt => txt.Strings.Sum(text => text.Length + 16),
        UnknownRecord unknown => unknown.Data.Length,
        _ => 0,
    };

    private sealed record Entry(DnsQuestion Question, DnsAnswer Answer, long Since, TimeSpan Ttl, int Octets);
}
