namespace ThrottleNet.MxNode.Inbound;

/// <summary>The hooks of one session, in the order of their registration.</summary>
internal sealed class HookChain
{
    private readonly SessionHook[] _hooks;
    private readonly Session _session;
    private readonly InboundLog _log;

    public HookChain(Session session, IReadOnlyList<HookFactory> factories, InboundLog log)
    {
        _session = session;
        _log = log;
        _hooks = new SessionHook[factories.Count];
        for (var i = 0; i < _hooks.Length; i++)
        {
            _hooks[i] = factories[i](session);
        }
    }

    /// <summary>Asks the hooks at one phase, until one of them has a reply.</summary>
    public async ValueTask<Step> AskAsync(Func<SessionHook, ValueTask<Step>> phase)
    {
        foreach (var hook in _hooks)
        {
            if (await phase(hook) is { Kind: not StepKind.Continue } step)
            {
                return step is { Reason: null, Reply.IsPositive: false } ? step with { Reason = RefusalReason.Content } : step;
            }
        }

        return Step.Continue;
    }

    /// <summary>Notifies every hook. A hook that fails is logged, and changes nothing.</summary>
    public void Notify(Action<SessionHook> what)
    {
        foreach (var hook in _hooks)
        {
            try
            {
                what(hook);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _log.HookFailed(_session.Id, hook.GetType().Name, e);
            }
        }
    }
}
