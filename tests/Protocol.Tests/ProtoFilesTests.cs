using System.Runtime.CompilerServices;
using Google.Protobuf.Reflection;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.Protocol.Tests;

/// <summary>
/// Names, numbers and types of everything in proto/, as released: nodes of different versions talk to each other, and other programs talk to nodes. A line of
/// proto.golden may be added; none may change or go.
/// </summary>
public sealed class ProtoFilesTests
{
    [Fact]
    public void Each_message_field_value_and_call_is_as_in_the_golden_file()
    {
        var files = typeof(Wire.Frame).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor")?.GetValue(null))
            .OfType<FileDescriptor>()
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToList();
        Assert.InRange(files.Count, 5, int.MaxValue);
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder(), "proto.golden")), files.SelectMany(Lines));
    }

    private static IEnumerable<string> Lines(FileDescriptor file) =>
    [
        $"{file.Name}: package {file.Package}",
        .. file.Services.SelectMany(service => service.Methods).Select(call =>
            $"  {call.FullName}: {(call.IsClientStreaming ? "stream " : "")}{call.InputType.FullName} -> {(call.IsServerStreaming ? "stream " : "")}{call.OutputType.FullName}"),
        .. file.EnumTypes.SelectMany(Lines),
        .. file.MessageTypes.SelectMany(Lines),
    ];

    private static IEnumerable<string> Lines(MessageDescriptor message) =>
    [
        .. message.Fields.InFieldNumberOrder().Select(field =>
            $"  {field.FullName} = {field.FieldNumber} {(field.IsRepeated ? "repeated " : "")}{field.FieldType}{(field.FieldType == FieldType.Message ? $" {field.MessageType.FullName}" : field.FieldType == FieldType.Enum ? $" {field.EnumType.FullName}" : "")}{(field.RealContainingOneof is { } one ? $", one of {one.Name}" : "")}"),
        .. message.EnumTypes.SelectMany(Lines),
        .. message.NestedTypes.SelectMany(Lines),
    ];

    private static IEnumerable<string> Lines(EnumDescriptor values) => values.Values.Select(value => $"  {values.FullName}.{value.Name} = {value.Number}");

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
