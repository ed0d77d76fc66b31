using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Provenance;
using EdgeFlora.Cli.Tests.Client;
using EdgeFlora.Cli.Tests.Commands.Aggregate;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Cli.Tests.Commands.Adapter;

[Collection(ServiceGroup.Name)]
public sealed class AdapterCommandTests(ServiceFixture service)
{
    private static readonly string[] As = ["--context", "vera"];

    [Fact]
    public async Task An_adapter_is_verified_with_the_key_of_the_service()
    {
        string folder = Signed("good");
        string key = Path.Combine(service.Folder, "service.pem");
        string id = AdapterProvenance.KeyIdOf(FakeRunService.Signer.ExportSubjectPublicKeyInfoPem());

        Assert.Equal($"key {id} in {key}\n", await service.OkAsync(["adapter", "key", "--out", key, .. As]));
        string[] lines = (await service.OkAsync("adapter", "verify", folder, "--key", key)).Split('\n');

        Assert.Equal("every file is as it was signed: adapter_config.json, adapter_model.safetensors, provenance.pem", lines[0]);
        Assert.Equal($"signed with {id}, the key in {key}", lines[1]);
        Assert.Equal("run r-1 (night), model of round 7, made by edgeflora 1", lines[2]);
        Assert.Equal("2 rounds, 1 contributors", lines[4]);
        Assert.Contains("'edgeflora adapter key' tells", await service.OkAsync("adapter", "verify", folder), StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse(await service.OkAsync("adapter", "verify", folder, "--key", key, "--json"))!;
        Assert.Equal((id, true, 7), ((string?)json["keyId"], (bool)json["isTrusted"]!, (int)json["signed"]!["run"]!["round"]!));
    }

    [Fact]
    public async Task A_changed_file_is_named_and_ends_with_2()
    {
        string folder = Signed("changed");
        string file = Path.Combine(folder, "adapter_model.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        (int code, string output, string error) = await CommandRunner.RunAsync("adapter", "verify", folder);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains($"{file}: it was changed since it was signed", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DIR is 'no-such', which is no folder", "no-such")]
    [InlineData("--key is 'no.pem', and there is no such file", ".", "--key", "no.pem")]
    public async Task What_is_not_there_is_told_as_it_was_typed(string sentence, params string[] arguments)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(["adapter", "verify", .. arguments]);

        Assert.Equal(2, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    private string Signed(string name)
    {
        string folder = Path.Combine(service.Folder, name);
        RSA key = FakeRunService.Signer;
        PeftFolder.Write(folder, AdapterFolders.Adapter(1), "base", "SEQ_CLS");
        var said = new JsonObject
        {
            ["madeBy"] = "edgeflora 1",
            ["run"] = new JsonObject { ["id"] = "r-1", ["name"] = "night", ["round"] = 7 },
            ["rounds"] = new JsonArray(1, 2),
            ["contributors"] = new JsonArray("x"),
        };
        AdapterProvenance.Seal(
            folder,
            said,
            key.ExportSubjectPublicKeyInfoPem(),
            content => key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return folder;
    }
}
