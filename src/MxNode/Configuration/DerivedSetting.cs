namespace ThrottleNet.MxNode.Configuration;

/// <summary>A value that is computed from a section's options, again only after a reload has replaced them. Thread-safe.</summary>
/// <param name="options">The section.</param>
/// <param name="derive">Computes the value; may run twice for the same options.</param>
internal sealed class DerivedSetting<TOptions, TValue>(Live<TOptions> options, Func<TOptions, TValue> derive)
    where TOptions : class
{
    private volatile Pair? _last;

    /// <summary>The value for the options in force.</summary>
    public TValue Value
    {
        get
        {
            var current = options.Current;
            var last = _last;
            if (last is null || !ReferenceEquals(last.Options, current))
            {
                _last = last = new Pair(current, derive(current));
            }

            return last.Value;
        }
    }

    private sealed record Pair(TOptions Options, TValue Value);
}
