namespace ThrottleNet.MxNode.Configuration;

/// <summary>Marks a setting that a running node takes over when it reads its configuration again. A change of any other setting needs a restart.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReloadableAttribute : Attribute
{
    /// <summary>For a list that switches a feature on: it is taken over unless it becomes empty, or was empty.</summary>
    public bool UnlessEmpty { get; init; }
}
