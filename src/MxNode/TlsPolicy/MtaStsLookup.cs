using System.Collections.Concurrent;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// The policy of a domain that is in force (RFC 8461, section 5.1). A policy that was fetched once holds until it expires, whatever the DNS and the web
/// server say meanwhile; a newer one is looked for beside the mail. Thread-safe.
/// </summary>
internal sealed class MtaStsLookup(IDnsResolver dns, MtaStsFetcher fetcher, MtaStsTable table, TimeProvider time, ILogger<MtaStsLookup> logger)
{
    /// <summary>How long mail to a domain waits for its first policy. After that it goes on without, and the fetch goes on too.</summary>
    public static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long after a failed attempt the next one waits (RFC 8461, section 3.3).</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    // How often the id in the DNS is compared with that of a policy in force.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    // Domains whose last attempt is remembered.
    private const int MaxNotes = 4096;

    private readonly ConcurrentDictionary<string, Lazy<Task<MtaStsPolicy?>>> _underway = new();
    private readonly ConcurrentDictionary<string, long> _failed = new();
    private readonly ConcurrentDictionary<string, long> _looked = new();
    private readonly FetchSlots _slots = new();

    // A zone's owner has domains without end; they must not fill the log.
    private readonly LogLimiter<string> _faults = new(TimeSpan.FromHours(1), time);

    /// <summary>The policy in force; null for none. Mode none counts as none.</summary>
    /// <param name="domain">The recipient's domain, canonical. An address literal or "" has none.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public ValueTask<MtaStsPolicy?> FindAsync(string domain, CancellationToken cancel)
    {
        if (!HostNames.IsCanonical(domain))
        {
            return default;
        }

        if (table.Use(domain) is { } known)
        {
            if (!Remembers(_looked, domain, LookEvery) && !Remembers(_failed, domain, RetryAfter))
            {
                Note(_looked, domain, LookEvery);
                _ = UpdateAsync(domain);
            }

            return ValueTask.FromResult(InForce(known.Policy));
        }

        if (Remembers(_failed, domain, RetryAfter))
        {
            return default;
        }

        // Most domains have no record, and the resolver's cache knows that.
        var id = IdAsync(domain);
        return id.IsCompletedSuccessfully && id.Result is null ? default : new ValueTask<MtaStsPolicy?>(FirstAsync(domain, cancel));
    }

    /// <summary>Fetches a policy that is in force again, and puts it in force in its place. A failure changes nothing.</summary>
    public async Task RefreshAsync(StoredPolicy policy)
    {
        if (!Remembers(_failed, policy.Domain, RetryAfter))
        {
            await FetchAsync(policy.Domain, await IdAsync(policy.Domain) ?? policy.Id);
        }
    }

    private static MtaStsPolicy? InForce(MtaStsPolicy? policy) => policy is { Mode: MtaStsMode.None } ? null : policy;

    // The queries go on when a caller stops waiting.
    private async ValueTask<string?> IdAsync(string domain)
    {
        var answer = await dns.QueryAsync($"{MtaStsRecord.Label}.{domain}", DnsType.Txt, CancellationToken.None);
        return MtaStsRecord.FindId(answer.Records.OfType<TxtRecord>().Select(record => record.Text));
    }

    private async Task<MtaStsPolicy?> FirstAsync(string domain, CancellationToken cancel)
    {
        try
        {
            return InForce(await UpdateAsync(domain).WaitAsync(FirstPatience, time, cancel));
        }
        catch (TimeoutException)
        {
            // The next message does not wait again.
            Note(_failed, domain, RetryAfter);
            logger.NoPolicyInTime(domain, FirstPatience);
            return null;
        }
    }

    // Callers share one attempt for a domain. It throws nothing.
    private Task<MtaStsPolicy?> UpdateAsync(string domain) =>
        _underway.GetOrAdd(domain, static (domain, self) => new(() => self.UpdateOnceAsync(domain)), this).Value;

    private async Task<MtaStsPolicy?> UpdateOnceAsync(string domain)
    {
        try
        {
            var known = table.Use(domain);
            return await IdAsync(domain) is { } id && id != known?.Id ? await FetchAsync(domain, id) : known?.Policy;
        }
        finally
        {
            _underway.TryRemove(domain, out _);
        }
    }

    private async Task<MtaStsPolicy?> FetchAsync(string domain, string id)
    {
        using var slot = _slots.TryTake(domain);
        var fetch = slot is null ? new MtaStsFetch(null, "too many fetches are under way") : await fetcher.FetchAsync(domain, CancellationToken.None);
        if (fetch.Policy is { } policy)
        {
            _failed.TryRemove(domain, out _);
            table.Put(new StoredPolicy(domain, id, policy, time.GetUtcNow()));
            logger.PolicyFetched(domain, policy.Mode, id);
            return policy;
        }

        Note(_failed, domain, RetryAfter);
        var known = table.Use(domain);
        if (_faults.Count(RegisteredName.Of(domain)) is not null)
        {
            logger.PolicyNotFetched(domain, fetch.Fault!, known is null ? "Its mail goes without a policy" : $"The policy of {known.FetchedAt:u} stays in force until {known.Expires:u}");
        }

        return known?.Policy;
    }

    private bool Remembers(ConcurrentDictionary<string, long> notes, string domain, TimeSpan life) =>
        notes.TryGetValue(domain, out var since) && time.GetElapsedTime(since) < life;

    private void Note(ConcurrentDictionary<string, long> notes, string domain, TimeSpan life)
    {
        if (notes.Count >= MaxNotes)
        {
            foreach (var (old, since) in notes)
            {
                if (time.GetElapsedTime(since) >= life)
                {
                    notes.TryRemove(old, out _);
                }
            }
        }

        if (notes.Count < MaxNotes)
        {
            notes[domain] = time.GetTimestamp();
        }
    }
}
