namespace ThrottleNet.Counting;

/// <summary>A row of a <see cref="BlockTable{TRow}"/>. A key of zero marks an empty slot.</summary>
internal interface IRow<TSelf>
    where TSelf : struct, IRow<TSelf>
{
    /// <summary>The scrambled key of the block.</summary>
    public ulong Key { get; set; }

    /// <summary>A row without counts.</summary>
    /// <param name="key">A scrambled key.</param>
    /// <param name="stamp">The moment it starts at.</param>
    public abstract static TSelf Empty(ulong key, uint stamp);

    /// <summary>Whether the row can be reclaimed without loss.</summary>
    public bool IsDead(uint now);

    /// <summary>How much would be lost with the row: in a full table the row with the least worth is evicted.</summary>
    public float Worth(uint now);
}
