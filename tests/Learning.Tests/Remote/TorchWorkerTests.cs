using EdgeFlora.Learning.Remote;

namespace EdgeFlora.Learning.Tests.Remote;

public sealed class TorchWorkerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bin/Cli/release", "bin/Cli/release/torch/EdgeFlora.Learning.Torch.dll")]
    [InlineData("bin/Cli/release", "bin/Learning.Torch/release/EdgeFlora.Learning.Torch.dll")]
    public void The_program_is_found_beside_this_one_or_where_its_project_is_built(string own, string assembly)
    {
        string expected = folder.Write(assembly, "");

        Assert.Equal(expected, TorchWorker.Find(folder.File(own) + Path.DirectorySeparatorChar));
    }

    [Fact]
    public void A_build_of_another_configuration_is_passed_over()
    {
        folder.Write("bin/Learning.Torch/debug/EdgeFlora.Learning.Torch.dll", "");

        Assert.Null(TorchWorker.Find(folder.File("bin/Cli/release")));
    }
}
