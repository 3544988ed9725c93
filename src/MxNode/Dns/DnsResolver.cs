using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// A stub resolver: asks recursive servers, one after the other, and keeps what they say. Callers with the same question
/// share one query, which goes on to its own end whoever stops waiting, so that the sender's next try finds the answer.
/// </summary>
internal sealed class DnsResolver : IDnsResolver, IAsyncDisposable
{
    /// <summary>Questions on the way at one time: each holds a socket of the 20,000 files a node has. Others wait, within the deadline.</summary>
    private const int MaxQuestions = 1000;

    private readonly DnsOptions _options;
    private readonly IReadOnlyList<IPEndPoint> _servers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DnsCache _cache;
    private readonly ConcurrentDictionary<DnsQuestion, Lazy<Task<DnsAnswer>>> _underway = new();
    private readonly SemaphoreSlim _slots = new(MaxQuestions);
    private readonly CancellationTokenSource _stop = new();

    // The server that answered last is asked first, so that a dead one costs its timeout once.
    private volatile int _first;

    public DnsResolver(DnsOptions options, TimeProvider time, ILogger<DnsResolver> logger)
    {
        _options = options;
        _servers = options.FindServers();
        _time = time;
        _logger = logger;
        _cache = new DnsCache(options.CacheEntries, time);
    }

    /// <summary>That nobody answered is kept this long: a burst of mail for a broken domain asks once, and a repair shows at once (RFC 2308, section 7).</summary>
    private static TimeSpan FailureTtl => TimeSpan.FromSeconds(5);

    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel)
    {
        name = DnsName.Canonical(name);
        if (!DnsName.IsValid(name))
        {
            return ValueTask.FromResult(DnsAnswer.NameError);
        }

        var question = new DnsQuestion(name, type);
        if (_cache.TryGet(question, out var known))
        {
            return ValueTask.FromResult(known);
        }

        var underway = _underway.GetOrAdd(question, static (q, self) => new(() => self.ResolveOnceAsync(q)), this);
        return new ValueTask<DnsAnswer>(underway.Value.WaitAsync(cancel));
    }

    /// <summary>Ends the queries that are under way; those who wait for them get a failure.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        await Task.WhenAll(_underway.Values.Select(query => query.Value));
        _slots.Dispose();
        _stop.Dispose();
    }

    private async Task<DnsAnswer> ResolveOnceAsync(DnsQuestion question)
    {
        try
        {
            // Another query may have ended since the caller looked.
            if (_cache.TryGet(question, out var known))
            {
                return known;
            }

            using var deadline = new CancellationTokenSource(_options.Deadline, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
            var (answer, ttl) = await ResolveAsync(question, either.Token);
            _cache.Put(question, answer, ttl);
            _logger.Resolved(question.Name, question.Type, answer.Status, answer.Records.Length);
            return answer;
        }
        finally
        {
            _underway.TryRemove(question, out _);
        }
    }

    private async Task<(DnsAnswer Answer, TimeSpan Ttl)> ResolveAsync(DnsQuestion question, CancellationToken deadline)
    {
        var entered = false;
        try
        {
            await _slots.WaitAsync(deadline);
            entered = true;
            var chain = new AliasChain(question);
            while (await AskAnyAsync(chain.Next, deadline) is { } message)
            {
                if (chain.Take(message) is { } end)
                {
                    return end;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _logger.OutOfTime(question.Name, question.Type);
        }
        finally
        {
            if (entered)
            {
                _slots.Release();
            }
        }

        return (DnsAnswer.Failure, FailureTtl);
    }

    /// <returns>The first usable answer of any server; null when there is none.</returns>
    private async Task<DnsMessage?> AskAnyAsync(DnsQuestion question, CancellationToken deadline)
    {
        var first = _first;
        for (var i = 0; i < _options.Attempts * _servers.Count; i++)
        {
            var index = (first + i) % _servers.Count;
            if (await AskAsync(_servers[index], question, deadline) is { } message)
            {
                _first = index;
                return message;
            }
        }

        return null;
    }

    private async Task<DnsMessage?> AskAsync(IPEndPoint server, DnsQuestion question, CancellationToken deadline)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, deadline);
        try
        {
            var message = await DnsExchange.AskAsync(server, question, edns: true, either.Token);
            if (message.ResponseCode is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented)
            {
                // A server older than EDNS (RFC 6891, section 7).
                message = await DnsExchange.AskAsync(server, question, edns: false, either.Token);
            }

            if (IsUsable(message))
            {
                return message;
            }

            _logger.UselessAnswer(question.Name, question.Type, server, message.ResponseCode);
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            _logger.NoAnswer(question.Name, question.Type, server);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            _logger.Unreachable(e, question.Name, question.Type, server);
        }

        return null;
    }

    /// <summary>A server that points elsewhere instead of answering does not do recursion for us: it is as good as none.</summary>
    private static bool IsUsable(DnsMessage message) => message.ResponseCode switch
    {
        DnsResponseCode.NameError => true,
        DnsResponseCode.NoError => message.IsAuthoritative
            || !message.Answers.IsEmpty
            || !message.Authorities.Any(record => record.Type == DnsType.Ns)
            || message.Authorities.Any(record => record.Type == DnsType.Soa),
        _ => false,
    };
}
