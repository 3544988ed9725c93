using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ThrottleNet.Protocol.Milter;

/// <summary>What the mail server and a filter agreed on (SMFIC_OPTNEG).</summary>
/// <param name="Version">The filter's protocol version, 2 to 6.</param>
/// <param name="Actions">The changes the filter may ask for.</param>
/// <param name="Steps">What is left out or changed.</param>
/// <param name="Macros">The macro names the filter asks for, by stage; a stage it does not name keeps the server's list.</param>
public sealed record MilterOptions(int Version, MilterActions Actions, MilterSteps Steps, IReadOnlyDictionary<MilterStage, IReadOnlyList<string>> Macros)
{
    /// <summary>The version spoken here (libmilter since sendmail 8.14).</summary>
    public const int Newest = 6;

    private const int Oldest = 2;
    private const int FixedOctets = 12;

    // The data event came with version 4, the unknown event with 3 (sendmail, milter.c).
    private const int VersionWithUnknown = 3;
    private const int VersionWithData = 4;

    /// <summary>Whether the connection can serve another client after this one (SMFIC_QUIT_NC, since version 6).</summary>
    public bool CanBeKept => Version >= Newest;

    internal bool Has(MilterSteps step) => (Steps & step) != 0;

    /// <summary>Reads a filter's side of the negotiation.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out MilterOptions? options, [NotNullWhen(false)] out string? fault)
    {
        options = null;
        if (data.Length < FixedOctets)
        {
            fault = "its negotiation is cut short";
            return false;
        }

        var version = BinaryPrimitives.ReadUInt32BigEndian(data);
        var actions = (MilterActions)BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        var steps = (MilterSteps)BinaryPrimitives.ReadUInt32BigEndian(data[8..]) & MilterSteps.Offered;
        if (version is < Oldest or > Newest)
        {
            fault = $"it speaks version {version} of the milter protocol, versions {Oldest} to {Newest} are spoken here";
            return false;
        }

        if ((actions & ~MilterActions.All) != 0)
        {
            fault = $"it asks for actions that are not offered (0x{(uint)actions:x})";
            return false;
        }

        steps |= version < VersionWithUnknown ? MilterSteps.NoUnknown : MilterSteps.None;
        steps |= version < VersionWithData ? MilterSteps.NoData : MilterSteps.None;
        fault = ReadLists(data[FixedOctets..], out var lists);
        options = fault is null ? new MilterOptions((int)version, actions, steps, lists) : null;
        return options is not null;
    }

    private static string? ReadLists(ReadOnlySpan<byte> data, out Dictionary<MilterStage, IReadOnlyList<string>> lists)
    {
        lists = [];
        while (data.Length > 0)
        {
            var end = data.Length > sizeof(uint) ? data[sizeof(uint)..].IndexOf((byte)0) : -1;
            if (end < 0)
            {
                return "its negotiation has a macro list that is cut short";
            }

            var stage = BinaryPrimitives.ReadUInt32BigEndian(data);
            var names = Encoding.UTF8.GetString(data.Slice(sizeof(uint), end)).Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
            data = data[(sizeof(uint) + end + 1)..];
            if (names.Length > MilterLimits.Macros)
            {
                return "its negotiation asks for too many macros";
            }

            // An empty list keeps the server's own, as Postfix has it.
            if (stage <= (uint)MilterStage.EndOfHeaders && names.Length > 0)
            {
                lists[(MilterStage)stage] = names;
            }
        }

        return null;
    }
}
