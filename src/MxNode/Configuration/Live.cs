namespace ThrottleNet.MxNode.Configuration;

/// <summary>The options of a section as they are in force. A reload of the configuration replaces them as a whole. Thread-safe.</summary>
/// <param name="options">The options that the node starts with; immutable.</param>
internal sealed class Live<T>(T options) : ILiveSection
    where T : class
{
    private volatile T _current = options;

    /// <summary>Raised after a reload has replaced the options.</summary>
    public event Action? Changed;

    /// <summary>The options in force. Settings that need a restart keep the values of the start.</summary>
    public T Current => _current;

    Type ILiveSection.OptionsType => typeof(T);

    /// <summary>Options that never change.</summary>
    public static implicit operator Live<T>(T options) => new(options);

    /// <inheritdoc/>
    public void Replace(object options)
    {
        _current = (T)options;
        Changed?.Invoke();
    }
}
