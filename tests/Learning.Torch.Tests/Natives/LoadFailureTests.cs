using EdgeFlora.Learning.Tests;
using EdgeFlora.Learning.Torch.Natives;

namespace EdgeFlora.Learning.Torch.Tests.Natives;

public sealed class LoadFailureTests : IDisposable
{
    private const string Library = "/opt/edgeflora/torch/libLibTorchSharp.so";
    private const string Advice =
        "Unable to load shared library '/opt/edgeflora/torch/libLibTorchSharp.so' or one of its dependencies. In order to help diagnose loading "
        + "problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG environment variable: \n";

    private static readonly NativePlatform Linux = new("linux-x64");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(
        "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /opt/edgeflora/torch/libLibTorchSharp.so)\n",
        "libstdc++ of this system is too old: libLibTorchSharp.so needs GLIBCXX_3.4.32, which /lib/x86_64-linux-gnu/libstdc++.so.6 lacks; Debian 13, "
        + "Ubuntu 24.04 and later have it, and so has the torch image")]
    [InlineData(
        "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /opt/edgeflora/torch/libLibTorchSharp.so)\n",
        "glibc of this system is too old: libLibTorchSharp.so needs GLIBC_2.38, which /lib/x86_64-linux-gnu/libc.so.6 lacks; Debian 13")]
    [InlineData(
        "/opt/edgeflora/torch/libLibTorchSharp.so: undefined symbol: _ZSt21ios_base_library_initv\n",
        "libstdc++ of this system is too old: libLibTorchSharp.so needs that of GCC 13 (GLIBCXX_3.4.32); Debian 13")]
    [InlineData(
        "libgomp-98b21ff3.so.1: cannot open shared object file: No such file or directory\n",
        "libLibTorchSharp.so needs libgomp-98b21ff3.so.1, which this system lacks; install the package that holds it")]
    [InlineData(
        "Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /opt/edgeflora/torch/libLibTorchSharp.so)\n",
        "libLibTorchSharp.so needs ld-linux-x86-64.so.2, which this system lacks")]
    [InlineData(
        "/opt/edgeflora/torch/libLibTorchSharp.so: wrong ELF class: ELFCLASS32\n",
        "libLibTorchSharp.so is made for another kind of processor, this process runs on linux-x64; install the torch engine on this machine")]
    [InlineData("something new went wrong\n", "libLibTorchSharp.so cannot be loaded: something new went wrong")]
    public void The_loaders_words_become_what_a_person_can_do(string said, string told)
    {
        Assert.StartsWith(told, LoadFailure.Describe(said, Library, Linux), StringComparison.Ordinal);
        Assert.StartsWith(told, LoadFailure.Describe(Advice + said, Library, Linux), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_about_the_format_of_a_Windows_library_names_the_platform() =>
        Assert.StartsWith(
            "LibTorchSharp.dll is made for another kind of processor, this process runs on win-arm64;",
            LoadFailure.Describe(
                "An attempt was made to load a program with an incorrect format. (0x8007000B)", "LibTorchSharp.dll", new NativePlatform("win-arm64")),
            StringComparison.Ordinal);

    [Fact]
    public void A_library_for_another_processor_is_known_by_its_header_for_glibc_says_only_that_there_is_none()
    {
        string library = folder.File("libLibTorchSharp.so");
        byte[] header = new byte[64];
        "\u007fELF"u8.CopyTo(header);
        header[18] = 183;
        File.WriteAllBytes(library, header);

        string told = LoadFailure.Describe($"{library}: cannot open shared object file: No such file or directory", library, Linux);

        Assert.StartsWith("libLibTorchSharp.so is made for linux-arm64, this process runs on linux-x64;", told, StringComparison.Ordinal);
    }
}
