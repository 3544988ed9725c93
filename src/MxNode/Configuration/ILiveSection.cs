namespace ThrottleNet.MxNode.Configuration;

/// <summary>A section of the configuration that a reload can replace, whatever the type of its options.</summary>
internal interface ILiveSection
{
    /// <summary>The type of the section's options.</summary>
    Type OptionsType { get; }

    /// <summary>Puts other options in force.</summary>
    /// <param name="options">Validated options of <see cref="OptionsType"/>.</param>
    void Replace(object options);
}
