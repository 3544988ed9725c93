using System.Text;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Exports;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Writes exports as UTF-8 without a byte order mark, with LF line ends.</summary>
internal static class ExportWriter
{
    public static void Write(string format, TrustIndex list, Stream output)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        ListExport.Write(format, list, text);
    }
}
