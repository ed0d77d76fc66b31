using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.CommandLine;

public sealed class FileOrFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-mistakes-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("eval --data {root} --adapter x", "--data is '{root}', which is a folder")]
    [InlineData("eval --labels {root} --adapter x --data {file}", "--labels is '{root}', which is a folder")]
    [InlineData("eval --labels names.txt --adapter x --data {file}", "--labels is 'names.txt', which is no file")]
    [InlineData("eval --model {file} --adapter x --data {file}", "--model is '{file}', which is a file")]
    [InlineData("eval --data {file} --json {root}", "--json is '{root}'; it must be a file in a folder that exists")]
    [InlineData("train --data {file} --out {file}", "--out is '{file}'")]
    [InlineData("pretrain --out {file}", "--out is '{file}', which is a file")]
    [InlineData("pretrain --out {root}/x --checkpoint {root}", "--checkpoint is '{root}'; it must be a file")]
    [InlineData("merge --adapter {root} --out {file}", "there is no adapter_config.json")]
    [InlineData("aggregate --out {file} {root}", "is a file, expected a folder or nothing")]
    public async Task A_folder_for_a_file_and_a_file_for_a_folder_are_called_what_they_are(string line, string said)
    {
        string file = Path.Combine(root, "data.jsonl");
        await File.WriteAllTextAsync(file, "{\"text\":\"a\",\"label\":\"b\"}\n", TestContext.Current.CancellationToken);
        string Filled(string text) => text.Replace("{root}", root, StringComparison.Ordinal).Replace("{file}", file, StringComparison.Ordinal);

        (int code, string output, string error) = await CommandRunner.RunAsync(Filled(line).Split(' '));

        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(Filled(said), Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", error, StringComparison.Ordinal);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(root));
    }
}
