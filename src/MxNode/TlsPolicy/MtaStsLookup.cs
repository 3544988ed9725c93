using System.Collections.Concurrent;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// The policy of a domain that is in force (RFC 8461, section 5.1). A policy that was fetched once holds until it expires, whatever the DNS and the web
/// server say meanwhile; a newer one is looked for while mail goes on. Thread-safe.
/// </summary>
internal sealed class MtaStsLookup(IDnsResolver dns, MtaStsFetcher fetcher, MtaStsTable table, TimeProvider time, ILogger<MtaStsLookup> logger)
{
    /// <summary>How long mail to a domain waits for its first policy. After that it goes on without, and the fetch goes on too.</summary>
    public static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(2);

    /// <summary>How long after a failed attempt the next one waits (RFC 8461, section 3.3).</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    /// <summary>The most first fetches under way of one registered name.</summary>
    public const int FetchesPerName = 2;

    /// <summary>The most fetches under way.</summary>
    public const int MostFetches = 32;

    /// <summary>The most first fetches of one registered name that wait. Each is a domain: a zone's owner has domains without end.</summary>
    public const int WaitingPerName = 20;

    // Of all names: a few MB.
    private const int MostWaiting = 4096;

    // How often the id in the DNS is compared with that of a policy in force.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    // Of a registered name in an hour. A zone's owner has domains without end; they must not fill the log.
    private const int MaxFetchLines = 10;

    private readonly ConcurrentDictionary<string, Update> _underway = new();
    private readonly RecentDomains _failed = new(RetryAfter, time);
    private readonly RecentDomains _looked = new(LookEvery, time);
    private readonly LookupSlots _slots = new(MostFetches, FetchesPerName, WaitingPerName, MostWaiting);

    // Fetches for mail to strangers' domains must not hold up the refresh of policies in force.
    private readonly LookupSlots _refreshSlots = new(MostFetches, perName: 1, WaitingPerName, MostWaiting);
    private readonly LogLimiter<string> _faults = new(TimeSpan.FromHours(1), time);
    private readonly LogLimiter<string> _late = new(TimeSpan.FromHours(1), time);
    private readonly LogLimiter<string> _fetched = new(TimeSpan.FromHours(1), time, MaxFetchLines);

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
            if (!_looked.Contains(domain) && !_failed.Contains(domain))
            {
                _ = UpdateOf(domain).Policy;
            }

            return ValueTask.FromResult(InForce(known.Policy));
        }

        if (_failed.Contains(domain))
        {
            return default;
        }

        // Most domains have no record, and the resolver's cache knows that.
        var id = IdAsync(domain);
        return id.IsCompletedSuccessfully && id.Result is null ? default : new ValueTask<MtaStsPolicy?>(FirstAsync(domain, cancel));
    }

    /// <summary>Fetches a policy that is in force again, and puts it in force in its place. After a failure the policy stays in force.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="cancel">Ends the attempt, which then counts as none.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task RefreshAsync(StoredPolicy policy, CancellationToken cancel)
    {
        using var slot = await _refreshSlots.TakeAsync(policy.Domain, cancel);
        if (slot is not null && !_failed.Contains(policy.Domain))
        {
            await FetchAsync(policy.Domain, await IdAsync(policy.Domain) ?? policy.Id, cancel);
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
        var update = UpdateOf(domain);
        if (update.HasKeptWaiting)
        {
            return null;
        }

        try
        {
            return InForce(await update.Policy.WaitAsync(FirstPatience, time, cancel));
        }
        catch (TimeoutException)
        {
            // The next message does not wait again.
            update.HasKeptWaiting = true;
            if (_late.Count(RegisteredName.Of(domain)) is not null)
            {
                logger.NoPolicyInTime(domain, FirstPatience);
            }

            return null;
        }
    }

    // Callers share one attempt for a domain.
    private Update UpdateOf(string domain) => _underway.GetOrAdd(domain, static (domain, self) => new(() => self.UpdateOnceAsync(domain)), this);

    private async Task<MtaStsPolicy?> UpdateOnceAsync(string domain)
    {
        try
        {
            // Noted here: a caller may find an attempt that has had its answer already.
            _looked.Note(domain);
            var known = table.Peek(domain);
            if (await IdAsync(domain) is not { } id || id == known?.Id)
            {
                return known?.Policy;
            }

            // Without a slot there was no attempt, and no failure of the domain's.
            using var slot = await _slots.TakeAsync(domain, CancellationToken.None);
            return slot is null ? known?.Policy : await FetchAsync(domain, id, CancellationToken.None);
        }
        finally
        {
            _underway.TryRemove(domain, out _);
        }
    }

    // Needs a slot.
    private async Task<MtaStsPolicy?> FetchAsync(string domain, string id, CancellationToken cancel)
    {
        var fetch = await fetcher.FetchAsync(domain, cancel);
        var name = RegisteredName.Of(domain);
        if (fetch.Policy is { } policy)
        {
            _failed.Forget(domain);
            table.Put(new StoredPolicy(domain, id, policy, time.GetUtcNow()));
            if (_fetched.Count(name) is not null)
            {
                logger.PolicyFetched(domain, policy.Mode, id);
            }

            return policy;
        }

        _failed.Note(domain);
        table.NoteFailure(domain);
        var known = table.Peek(domain);
        if (_faults.Count(name) is not null)
        {
            logger.PolicyNotFetched(domain, fetch.Fault!, known is null ? "Its mail goes without a policy" : $"The policy of {known.FetchedAt:u} stays in force until {known.Expires:u}");
        }

        return known?.Policy;
    }

    /// <summary>An attempt to get a domain's newest policy.</summary>
    private sealed class Update(Func<Task<MtaStsPolicy?>> attempt)
    {
        private readonly Lazy<Task<MtaStsPolicy?>> _policy = new(attempt);

        /// <summary>The policy in force after the attempt. Asking for it starts the attempt. It does not fail.</summary>
        public Task<MtaStsPolicy?> Policy => _policy.Value;

        /// <summary>A message has waited <see cref="FirstPatience"/> for it.</summary>
        public bool HasKeptWaiting { get; set; }
    }
}
