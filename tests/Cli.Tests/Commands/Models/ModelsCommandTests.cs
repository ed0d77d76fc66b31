using EdgeFlora.Adapters.Archives;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests.Client;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Tests.Commands.Models;

[Collection(ServiceGroup.Name)]
public sealed class ModelsCommandTests(ServiceFixture service)
{
    private static string Embedded => ModelOption.EmbeddedFolder;

    [Fact]
    public async Task A_model_is_added_listed_and_removed()
    {
        Assert.Equal("NAME  FAMILY  SIZE  ORIGIN  LICENCE  WEIGHTS\n", await service.OkAsync("models", "ls", "--context", "olga"));

        string added = await service.OkAsync("models", "add", Embedded, "--name", "small", "--context", "olga");
        string listed = await service.OkAsync("models", "ls", "--context", "vera");
        string json = await service.OkAsync("models", "ls", "--json", "--context", "vera");
        string removed = await service.OkAsync("models", "rm", "small", "--context", "olga");

        ModelSummary model = Assert.Single(System.Text.Json.JsonSerializer.Deserialize<ModelSummary[]>(json, ApiJson.Options)!);
        Assert.StartsWith("sending 'small' (5 files, 6.1 MB) to https://", added, StringComparison.Ordinal);
        Assert.EndsWith($"added 'small' (bert), without a licence file; weights {model.Sha256}\n", added, StringComparison.Ordinal);
        Assert.Contains($"\nsmall  bert    6.1 MB  added   -        {model.Sha256![..12]}\n", listed, StringComparison.Ordinal);
        Assert.Equal((ModelOrigin.Added, ModelArchive.Of(Embedded).Size), (model.Origin, model.ArchiveBytes));
        Assert.Equal("removed small\n", removed);
        Assert.Equal("NAME  FAMILY  SIZE  ORIGIN  LICENCE  WEIGHTS\n", await service.OkAsync("models", "ls", "--context", "olga"));
    }

    [Theory]
    [InlineData("DIR is 'nowhere', which is no folder; give a folder with config.json and model.safetensors", "add", "nowhere")]
    [InlineData("there is no model 'nobody'; edgeflora models ls shows them", "rm", "nobody")]
    public async Task Mistakes_are_told_in_a_sentence(string sentence, params string[] arguments)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(["models", .. arguments, "--context", "olga"]);

        Assert.Equal(2, code);
        Assert.Equal($"edgeflora models {arguments[0]}: {sentence}\n", error);
    }

    [Fact]
    public async Task What_is_no_model_and_a_name_that_is_none_are_refused_before_anything_is_sent_or_kept()
    {
        string empty = Directory.CreateDirectory(Path.Combine(service.Folder, "no model")).FullName;

        (int code, _, string error) = await CommandRunner.RunAsync("models", "add", empty, "--context", "olga");
        (_, _, string name) = await CommandRunner.RunAsync("models", "add", Embedded, "--name", "a b", "--context", "olga");
        (_, _, string role) = await CommandRunner.RunAsync("models", "add", Embedded, "--context", "vera");

        Assert.Equal(2, code);
        Assert.StartsWith($"edgeflora models add: DIR is '{empty}', which cannot be added: ", error, StringComparison.Ordinal);
        Assert.Contains("name is 'a b'; it must be 1 … 64 letters", name, StringComparison.Ordinal);
        Assert.Contains("the token 'vera' may only view", role, StringComparison.Ordinal);
    }
}
