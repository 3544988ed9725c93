namespace ThrottleNet.MxNode.Spool;

/// <summary>What a record of the queue's log says. The numbers are stored.</summary>
internal enum RecordKind : byte
{
    /// <summary>A message: its envelope and its state in the head, then its text.</summary>
    Message = 1,

    /// <summary>The new state of a message that an earlier record holds.</summary>
    Change = 2,
}
