using EdgeFlora.Learning.Tests;
using EdgeFlora.Learning.Torch.Natives;

namespace EdgeFlora.Learning.Torch.Tests.Natives;

public sealed class TorchNativesTests : IDisposable
{
    private static readonly NativePlatform Linux = new("linux-x64");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Libraries_are_loaded_from_the_platforms_folder_what_others_need_first()
    {
        string natives = Put("linux-x64", Linux.Libraries);
        var loaded = new List<string>();

        Assert.Null(TorchNatives.Load(NativeFolder.Of(Program, Linux), Linux, path => { loaded.Add(path); return 1; }));

        Assert.Equal([Path.Combine(natives, "libtorch_cpu.so"), Path.Combine(natives, "libLibTorchSharp.so")], loaded);
    }

    [Fact]
    public void A_program_published_for_one_platform_has_them_in_its_own_folder()
    {
        File.WriteAllText(folder.File("libtorch_cpu.so"), "");
        File.WriteAllText(folder.File("libLibTorchSharp.so"), "");

        NativeFolder found = NativeFolder.Of(Program, Linux);

        Assert.Equal(Program, found.Path);
        Assert.Null(found.Missing(Linux));
    }

    [Fact]
    public void A_failed_load_is_told_and_not_thrown()
    {
        Put("linux-x64", Linux.Libraries);

        string? problem = TorchNatives.Load(
            NativeFolder.Of(Program, Linux),
            Linux,
            path => throw new DllNotFoundException("/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by x)"));

        Assert.StartsWith("libstdc++ of this system is too old: libtorch_cpu.so needs GLIBCXX_3.4.32", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_package_is_told_apart_from_a_platform_without_one_and_from_a_build_for_another()
    {
        static nint Never(string path) => throw new InvalidOperationException(path);
        Assert.Matches(
            "^libtorch_cpu\\.so is missing from .*linux-x64.*; install the torch engine again \\(edgeflora torch install\\)$",
            TorchNatives.Load(NativeFolder.Of(Program, Linux), Linux, Never));

        Put("linux-x64", Linux.Libraries);
        var mac = new NativePlatform("osx-arm64");
        Assert.StartsWith(
            "libtorch is here for linux-x64, this process runs on osx-arm64;",
            TorchNatives.Load(NativeFolder.Of(Program, mac), mac, Never),
            StringComparison.Ordinal);

        foreach (string id in new[] { "linux-arm64", "linux-musl-x64", "osx-x64" })
        {
            var platform = new NativePlatform(id);
            Assert.Equal(
                $"there is no libtorch for {id}: it is published for linux-x64, osx-arm64, win-x64, win-arm64; use the portable engine",
                TorchNatives.Load(NativeFolder.Of(Program, platform), platform, Never));
        }
    }

    [Fact]
    public void A_half_installed_package_is_told()
    {
        Put("linux-x64", ["libtorch_cpu.so"]);

        Assert.StartsWith(
            "libLibTorchSharp.so is missing from ", TorchNatives.Load(NativeFolder.Of(Program, Linux), Linux, _ => 1), StringComparison.Ordinal);
    }

    [Fact]
    public void A_load_that_failed_leaves_no_second_copy_of_the_natives()
    {
        string copy = Path.Combine(Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location)!, "cpu");
        if (Directory.Exists(copy))
        {
            // Of a build before this one.
            Directory.Delete(copy, recursive: true);
        }

        _ = TorchProbe.Run("cpu");

        Assert.False(Directory.Exists(copy));
    }

    private string Program => folder.Path;

    private string Put(string platform, IReadOnlyList<string> libraries)
    {
        string natives = Path.Combine(Program, "runtimes", platform, "native");
        Directory.CreateDirectory(natives);
        foreach (string library in libraries)
        {
            File.WriteAllText(Path.Combine(natives, library), "");
        }

        return natives;
    }
}
