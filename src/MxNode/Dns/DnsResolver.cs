using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// A stub resolver: asks recursive servers, one after the other, and caches their answers. Callers with the same question share
/// one query. It goes on when a caller stops waiting, so that the sender's next try finds the answer in the cache.
/// </summary>
internal sealed class DnsResolver : IDnsResolver, IAsyncDisposable
{
    /// <summary>Questions in flight at one time without a budget of descriptors, as in a command.</summary>
    private const int UsualQuestions = 1000;

    // Strangers choose what is asked, and how slow the answers are: a registered name has an eighth of the places.
    private const int Names = 8;
    private const int WaitingPerName = 1000;
    private const int MostWaiting = 16_384;

    // Failures are kept apart: a flood of names that cannot be resolved does not drive good answers out.
    private const int MaxFailures = 1000;

    private readonly DnsOptions _options;
    private readonly DnsUpstream[] _servers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DnsCache _cache;
    private readonly DnsCache _failures;
    private readonly ConcurrentDictionary<DnsQuestion, Lazy<Task<DnsAnswer>>> _underway = new();
    private readonly LookupSlots _slots;
    private readonly CancellationTokenSource _stop = new();

    // The server that answered last is asked first, so that a dead server costs its timeout once.
    private volatile int _first;

    /// <param name="options">The servers and time limits.</param>
    /// <param name="time">The clock of all time limits.</param>
    /// <param name="logger">Gets each question, at debug level.</param>
    /// <param name="descriptors">Bounds the questions in flight: each holds a socket. Further questions wait, within their deadline.</param>
    public DnsResolver(DnsOptions options, TimeProvider time, ILogger<DnsResolver> logger, DescriptorBudget? descriptors = null)
    {
        var most = descriptors?.Queries ?? UsualQuestions;
        _slots = new LookupSlots(most, Math.Max(1, most / Names), WaitingPerName, MostWaiting);
        _options = options;
        _servers = [.. options.FindServers().Select(endPoint => new DnsUpstream(endPoint, time))];
        _time = time;
        _logger = logger;
        _cache = new DnsCache(options.CacheEntries, time);
        _failures = new DnsCache(MaxFailures, time);
        foreach (var server in options.TrustAd ? _servers.Where(server => PublicAddresses.Contains(server.EndPoint.Address)) : [])
        {
            logger.TrustsPublicServer(server.EndPoint);
        }
    }

    /// <summary>How long a failure is cached: a burst of mail for a broken domain asks once, and a repair shows at once (RFC 2308, section 7).</summary>
    private static TimeSpan FailureTtl => TimeSpan.FromSeconds(5);

    /// <summary>An answer this young is as good as a fresh one, so that repeats of a question cannot flood the servers.</summary>
    private static TimeSpan FreshTime => TimeSpan.FromSeconds(5);

    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel) =>
        QueryAsync(name, type, TimeSpan.MaxValue, cancel);

    public ValueTask<DnsAnswer> QueryFreshAsync(string name, DnsType type, CancellationToken cancel) =>
        QueryAsync(name, type, FreshTime, cancel);

    /// <summary>Ends the queries in flight; their callers get a failure.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        await Task.WhenAll(_underway.Values.Select(query => query.Value));
        _stop.Dispose();
    }

    private ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, TimeSpan maxAge, CancellationToken cancel)
    {
        name = DnsName.Canonical(name);
        if (!DnsName.IsValid(name))
        {
            return ValueTask.FromResult(DnsAnswer.NameError);
        }

        var question = new DnsQuestion(name, type);
        if (TryGetKnown(question, maxAge, out var known))
        {
            return ValueTask.FromResult(known);
        }

        var underway = _underway.GetOrAdd(question, static (q, state) => new(() => state.Self.ResolveOnceAsync(q, state.MaxAge)), (Self: this, MaxAge: maxAge));
        return new ValueTask<DnsAnswer>(underway.Value.WaitAsync(cancel));
    }

    // A good answer first: it may have been too old for the question that failed.
    private bool TryGetKnown(DnsQuestion question, TimeSpan maxAge, [NotNullWhen(true)] out DnsAnswer? answer) =>
        _cache.TryGet(question, maxAge, out answer) || _failures.TryGet(question, maxAge, out answer);

    private async Task<DnsAnswer> ResolveOnceAsync(DnsQuestion question, TimeSpan maxAge)
    {
        try
        {
            // Another query may have ended since the caller looked.
            if (TryGetKnown(question, maxAge, out var known))
            {
                return known;
            }

            using var deadline = new CancellationTokenSource(_options.Deadline, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
            var (answer, ttl) = await ResolveAsync(question, either.Token);
            (answer.Status == DnsStatus.Failure ? _failures : _cache).Put(question, answer, ttl);
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
        IDisposable? slot = null;
        try
        {
            slot = await _slots.TakeAsync(question.Name, deadline);
            if (slot is null)
            {
                _logger.TooMany(question.Name, question.Type);
                return (DnsAnswer.Failure, TimeSpan.Zero);
            }

            var chain = new AliasChain(question, _options.TrustAd);
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
            slot?.Dispose();
        }

        return (DnsAnswer.Failure, FailureTtl);
    }

    /// <returns>The first usable answer of any server; null when there is none.</returns>
    private async Task<DnsMessage?> AskAnyAsync(DnsQuestion question, CancellationToken deadline)
    {
        var first = _first;
        var isAnySilent = false;
        for (var round = 0; round < _options.Attempts || (round == _options.Attempts && isAnySilent); round++)
        {
            for (var i = 0; i < _servers.Length; i++)
            {
                var index = (first + i) % _servers.Length;
                var (message, isSilent) = await AskAsync(_servers[index], question, TransportOf(round, _servers[index]), deadline);
                if (message is not null)
                {
                    _first = index;
                    return message;
                }

                isAnySilent |= isSilent;
            }
        }

        return null;
    }

    /// <summary>The last round by UDP is without EDNS. Where a server stayed silent, one more round by TCP follows.</summary>
    private DnsTransport TransportOf(int round, DnsUpstream server)
    {
        var preferred = server.Preferred;
        return round == 0 ? preferred
            : round == _options.Attempts ? DnsTransport.PlainTcp
            : round == _options.Attempts - 1 || preferred != DnsTransport.UdpWithEdns ? DnsTransport.PlainUdp
            : DnsTransport.UdpWithEdns;
    }

    private async Task<(DnsMessage? Usable, bool IsSilent)> AskAsync(DnsUpstream server, DnsQuestion question, DnsTransport transport, CancellationToken deadline)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, deadline);
        try
        {
            var message = await DnsExchange.AskAsync(server, question, transport, _options.TrustAd, either.Token);
            if (transport == DnsTransport.UdpWithEdns && message.ResponseCode is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented)
            {
                // A server older than EDNS (RFC 6891, section 7).
                transport = DnsTransport.PlainUdp;
                message = await DnsExchange.AskAsync(server, question, transport, _options.TrustAd, either.Token);
            }

            if (IsUsable(message))
            {
                server.NoteAnswer(transport);
                return (message, false);
            }

            _logger.UselessAnswer(question.Name, question.Type, server.EndPoint, message.ResponseCode);
            return (null, false);
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            _logger.NoAnswer(question.Name, question.Type, server.EndPoint, transport);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            _logger.Unreachable(question.Name, question.Type, server.EndPoint, OrdinaryFault.ReasonOf(e));
        }

        return (null, true);
    }

    /// <summary>A server that only refers to other name servers does no recursion for this node, so its answer is of no use.</summary>
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
