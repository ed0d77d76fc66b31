using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Torch;

namespace EdgeFlora.Cli.Tests.Commands.Torch;

public sealed class TorchInstallationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-torch-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("release", "Release", "cpu")]
    [InlineData("debug", "Debug", "cuda-linux")]
    public async Task The_worker_is_built_like_the_program_and_later_builds_keep_its_kind(string own, string configuration, string natives)
    {
        string root = Tree(own);
        IReadOnlyList<string> given = [];

        await TorchInstallation.For(Path.Combine(root, "artifacts", "bin", "Cli", own), natives).RunAsync(
            (arguments, _, _) => { given = arguments; return Task.FromResult(0); },
            TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                "build", Path.Combine(root, "src/Learning.Torch/Learning.Torch.csproj"), "--configuration", configuration,
                "--verbosity", "quiet", $"-p:TorchBackend={natives}",
            ],
            given);
        Assert.Equal(natives, File.ReadAllText(Path.Combine(root, "artifacts", "torch-backend")).Trim());
    }

    [Fact]
    public async Task A_build_that_fails_is_told_by_its_first_error_and_its_kind_is_not_kept()
    {
        string root = Tree("release");
        TorchInstallation installation = TorchInstallation.For(Path.Combine(root, "artifacts", "bin", "Cli", "release"), "cuda-linux");

        InputException told = await Assert.ThrowsAsync<InputException>(() => installation.RunAsync(
            (_, log, _) =>
            {
                File.WriteAllText(log, "Determining projects\nerror NU1101: Unable to find package "
                + "TorchSharp-cuda-linux.\nerror: more\n"); return Task.FromResult(1);
            },
            TestContext.Current.CancellationToken));

        Assert.Equal(
            $"the torch engine could not be built: error NU1101: Unable to find package TorchSharp-cuda-linux. "
                + $"(the whole log is in {installation.LogFile})",
            told.Message);
        Assert.False(File.Exists(Path.Combine(root, "artifacts", "torch-backend")));
    }

    [Fact]
    public void A_program_outside_a_source_tree_is_told_where_else_the_engine_is() =>
        Assert.EndsWith(
            "belongs to no source tree; use the torch image (infra/README.md) or a clone of the repository",
            Assert.Throws<InputException>(() => TorchInstallation.For(folder, "cpu")).Message,
            StringComparison.Ordinal);

    private string Tree(string configuration)
    {
        Directory.CreateDirectory(Path.Combine(folder, "artifacts", "bin", "Cli", configuration));
        Directory.CreateDirectory(Path.Combine(folder, "src", "Learning.Torch"));
        File.WriteAllText(Path.Combine(folder, "src", "Learning.Torch", "Learning.Torch.csproj"), "<Project />");
        return folder;
    }
}
