using System.Diagnostics.CodeAnalysis;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Caches answers for their time to live. Strangers choose the questions, so the cache is bounded in number and, because an
/// answer may be 64 KiB long, in memory; the least recently used answer is evicted first. Thread-safe.
/// </summary>
internal sealed class DnsCache(int capacity, TimeProvider time)
{
    /// <summary>Octets of memory for all answers, estimated: three times what the default number of ordinary answers takes.</summary>
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

    /// <param name="question">The question.</param>
    /// <param name="maxAge">An answer that was cached longer ago is not given; it stays in the cache for other callers.</param>
    /// <param name="answer">The answer, when it is there and its time is not over.</param>
    public bool TryGet(DnsQuestion question, TimeSpan maxAge, [NotNullWhen(true)] out DnsAnswer? answer)
    {
        answer = null;
        lock (_lock)
        {
            if (!_entries.TryGetValue(question, out var node))
            {
                return false;
            }

            var age = time.GetElapsedTime(node.Value.Since);
            if (age >= node.Value.Ttl)
            {
                RemoveUnderLock(node);
                return false;
            }

            if (age > maxAge)
            {
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

    /// <summary>Octets, estimated: a fixed overhead for objects and hash table, and the length of all texts.</summary>
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
        TlsaRecord tlsa => tlsa.Data.Length,
        UnknownRecord unknown => unknown.Data.Length,
        _ => 0,
    };

    private sealed record Entry(DnsQuestion Question, DnsAnswer Answer, long Since, TimeSpan Ttl, int Octets);
}
