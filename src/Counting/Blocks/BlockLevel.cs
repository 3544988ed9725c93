namespace ThrottleNet.Counting.Blocks;

/// <summary>The levels of the ladder of blocks that contain an address.</summary>
public enum BlockLevel : byte
{
    /// <summary>One IPv4 address (/32) or one IPv6 subnet (/64): the machine or the line of one customer.</summary>
    Host,

    /// <summary>IPv4 /24, IPv6 /48.</summary>
    Site,

    /// <summary>IPv4 /16, IPv6 /32.</summary>
    Region,
}
