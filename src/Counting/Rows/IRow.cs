namespace ThrottleNet.Counting;

/// <summary>A row of a <see cref="BlockTable{TRow}"/>. A key of zero marks an empty slot.</summary>
internal interface IRow<TSelf>
    where TSelf : struct, IRow<TSelf>
{
    /// <summary>The scrambled key of the block.</summary>
    public ulong Key { get; set; }

    /// <summary>The moment the counts are for, as a <see cref="Stamp"/>.</summary>
    public uint Moment { get; }

    /// <summary>A part of the counts is kept by operator, in <see cref="ReportTable"/>, and is not in this row.</summary>
    public bool HasReports { get; set; }

    /// <summary>The counts that reports add to, at the row's moment.</summary>
    public ReportCell Reported { get; }

    /// <summary>Whether the counts are numbers that counting can have led to; rows read from a file may not be.</summary>
    public bool IsSound { get; }

    /// <summary>A row without counts.</summary>
    /// <param name="key">A scrambled key.</param>
    /// <param name="stamp">The moment it starts at.</param>
    public abstract static TSelf Empty(ulong key, uint stamp);

    /// <summary>Whether the row can be reclaimed without loss.</summary>
    public bool IsDead(uint now);

    /// <summary>How much would be lost with the row: in a full table the row with the least worth is evicted.</summary>
    public float Worth(uint now);

    /// <summary>Decays the counts to a moment; one before the row's own changes nothing.</summary>
    public void DecayTo(uint when);

    /// <summary>Adds reports that are decayed to the row's moment.</summary>
    public void AddReports(in ReportCell reports);

    /// <summary>Moves a stamp that lies in the future (the clock was set back) to now: otherwise the counts would not decay.</summary>
    public void ClampTo(uint now);
}
