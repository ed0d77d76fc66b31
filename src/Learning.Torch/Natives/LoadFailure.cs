using System.Buffers.Binary;
using System.Text.RegularExpressions;

namespace EdgeFlora.Learning.Torch.Natives;

/// <summary>Turns what the system's loader says into what a person can do.</summary>
internal static partial class LoadFailure
{
    private const string Homes =
        "Debian 13, Ubuntu 24.04 and later have it, and so has the torch image (infra/README.md); or use the portable engine";

    private const ushort X64 = 62;
    private const ushort Arm64 = 183;

    /// <param name="said">The loader's message, which may have several lines.</param>
    /// <param name="library">The path it was to load.</param>
    public static string Describe(string said, string library, NativePlatform platform)
    {
        string name = Path.GetFileName(library);
        if (VersionMissing().Match(said) is { Success: true } version)
        {
            string wanted = version.Groups["version"].Value;
            string owner = wanted.StartsWith("GLIBC_", StringComparison.Ordinal) ? "glibc" : "libstdc++";
            return $"{owner} of this system is too old: {name} needs {wanted}, which {version.Groups["file"].Value} lacks; {Homes}";
        }

        if (said.Contains("undefined symbol: _ZSt", StringComparison.Ordinal))
        {
            return $"libstdc++ of this system is too old: {name} needs that of GCC 13 (GLIBCXX_3.4.32); {Homes}";
        }

        if (OtherArchitecture(said, library, platform) is { } other)
        {
            return $"{name} is {other}, this process runs on {platform.Id}; install the torch engine on this machine (edgeflora torch install)";
        }

        if (SharedObjectMissing().Match(said) is { Success: true } missing && missing.Groups["file"].Value != library)
        {
            return $"{name} needs {missing.Groups["file"].Value}, which this system lacks; install the package that holds it, or use the torch image "
                + "(infra/README.md)";
        }

        return $"{name} cannot be loaded: {Reason(said)}";
    }

    /// <summary>What else the library is made for, as far as its file or the loader tells; null if for this platform.</summary>
    private static string? OtherArchitecture(string said, string library, NativePlatform platform)
    {
        if (WrongFormat().IsMatch(said))
        {
            return Machine(library) ?? "made for another kind of processor";
        }

        return Machine(library) is { } machine && platform.Id.StartsWith("linux", StringComparison.Ordinal) && !machine
            .EndsWith(platform.Id, StringComparison.Ordinal) ? machine : null;
    }

    /// <summary>The processor in the header of an ELF file; null if it is none, or not one of those that libtorch is built for.</summary>
    private static string? Machine(string library)
    {
        Span<byte> header = stackalloc byte[20];
        try
        {
            using FileStream file = File.OpenRead(library);
            file.ReadExactly(header);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (!header.StartsWith("\u007fELF"u8))
        {
            return null;
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) switch
        {
            X64 => "made for linux-x64",
            Arm64 => "made for linux-arm64",
            _ => "made for another kind of processor",
        };
    }

    // .NET puts an advice before what the loader said of each file it tried; the last line is about the file itself.
    private static string Reason(string said) =>
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(line => !line.StartsWith("Unable to load", StringComparison.Ordinal))
        ?? said.Trim();

    [GeneratedRegex(@"(?<file>/[^\s:]+): version [`'](?<version>GLIBC(XX)?_[0-9.]+|CXXABI_[0-9.]+)' not found")]
    private static partial Regex VersionMissing();

    [GeneratedRegex(
        @"(?:^|\s)(?<file>[^\s:]+\.so[.0-9]*): cannot open shared object file|Error loading shared library (?<file>[^\s:]+):",
        RegexOptions.Multiline)]
    private static partial Regex SharedObjectMissing();

    [GeneratedRegex(@"wrong ELF class|invalid ELF header|incompatible architecture|0x800700C1|0x8007000B|Exec format error", RegexOptions.IgnoreCase)]
    private static partial Regex WrongFormat();
}
