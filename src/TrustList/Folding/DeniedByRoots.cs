using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Folding;

/// <summary>The subjects that roots have suspended or revoked. A delegate cannot trust them again, in whole or in part.</summary>
internal sealed class DeniedByRoots
{
    private readonly TrustIndex _networks;
    private readonly HashSet<string> _names;

    public DeniedByRoots(IEnumerable<Statement> decisions)
    {
        var denials = decisions.Where(statement => statement.IsDenial).Select(statement => statement.Subject).ToList();
        _networks = TrustIndex.Build(denials.Where(subject => subject.Network is not null).Select(subject => new TrustEntry { Network = subject.Network!.Value }));
        _names = [.. denials.Select(subject => subject.HostName).OfType<string>()];
    }

    public bool Covers(TrustSubject subject)
    {
        if (subject.Network is { } network)
        {
            return _networks.Holds(network);
        }

        for (var name = subject.HostName!; name.Length > 0; name = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            if (_names.Contains(name))
            {
                return true;
            }

            if (!name.Contains('.', StringComparison.Ordinal))
            {
                break;
            }
        }

        return false;
    }
}
