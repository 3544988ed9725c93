using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>Arrays that the kernel may map in pages of 2 MiB.</summary>
internal static unsafe partial class LargePages
{
    private const nuint Size = 2 << 20;
    private const int Advice = 14; // MADV_HUGEPAGE

    /// <summary>
    /// A pinned array of zeros. On Linux, where transparent huge pages are enabled or left to programs (<c>madvise</c>), the whole large pages in it
    /// are mapped as such when they are first used; elsewhere it is an array as any other.
    /// </summary>
    public static T[] Allocate<T>(int length)
        where T : struct
    {
        var array = GC.AllocateArray<T>(length, pinned: true);
        if (OperatingSystem.IsLinux())
        {
            var begin = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
            var first = (begin + Size - 1) & ~(Size - 1);
            var end = (begin + ((nuint)length * (nuint)Unsafe.SizeOf<T>())) & ~(Size - 1);
            if (end > first)
            {
                _ = Advise(first, end - first, Advice); // a kernel without large pages refuses, which changes nothing
            }
        }

        return array;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nuint address, nuint length, int advice);
}
