using System.Globalization;
using System.Security.Cryptography;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.Tests.Commands.Classify;

public sealed class ClassifyCommandTests : IDisposable
{
    private const string Text = "A list of names that can be sorted.";

    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-cli-").FullName;

    private string Adapter => Path.Combine(root, "adapter");

    private string Delta => Path.Combine(root, PeftFolder.BaseDeltaName);

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task An_adapter_with_a_folded_part_says_what_the_whole_product_says()
    {
        LoraAdapter whole = Sample();
        PeftFolder.Write(Adapter, whole, null, "SEQ_CLS", labels: ["left", "right"]);
        (_, string expected, _) = await ClassifyAsync();
        WriteFolded(whole);

        (int code, string output, string error) = await ClassifyAsync();

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(Chance(expected), Chance(output), tolerance: 2e-3); // Shown with three digits.
        PeftFolder.Write(Adapter, WithoutB(whole), null, "SEQ_CLS", labels: ["left", "right"]);
        (_, string without, _) = await ClassifyAsync();
        Assert.True(Math.Abs(Chance(without) - Chance(expected)) > 0.01, $"{without} {expected}");
    }

    [Fact]
    public async Task Labels_that_are_those_of_the_rows_in_another_order_are_refused_and_others_rename_the_rows()
    {
        PeftFolder.Write(Adapter, Sample(), null, "SEQ_CLS", labels: ["left", "right"]);

        (int turned, _, string error) = await ClassifyAsync("--labels", "right,left");
        (int renamed, string said, _) = await ClassifyAsync("--labels", "west,east");
        string data = Path.Combine(root, "data.jsonl");
        await File.WriteAllTextAsync(data, """{"text":"a","label":"left"}""" + "\n", TestContext.Current.CancellationToken);
        (int trained, _, string refused) = await CommandRunner.RunAsync(
            "train", "--data", data, "--init", Adapter, "--labels", "right,left", "--out", Path.Combine(root, "trained"));

        Assert.Equal((ExitCode.BadInput, ExitCode.Done, ExitCode.BadInput), (turned, renamed, trained));
        Assert.Contains("whose rows stand for left,right in this order", refused, StringComparison.Ordinal);
        Assert.Contains(
            $"--labels is right,left, but --adapter is '{Adapter}', whose rows stand for left,right in this order; leave --labels out",
            error,
            StringComparison.Ordinal);
        Assert.Contains("west", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TOKEN_CLS")]
    [InlineData("QUESTION_ANS")]
    public async Task An_adapter_whose_head_labels_parts_of_a_text_is_refused(string task)
    {
        PeftFolder.Write(Adapter, Sample(), null, task, labels: ["left", "right"]);

        (int code, _, string error) = await ClassifyAsync();

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"whose task_type is {task}: its head labels parts of a text; give one for whole texts", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merging_takes_the_folded_part_along_and_training_on_from_such_an_adapter_is_refused()
    {
        LoraAdapter whole = Sample();
        string plain = Path.Combine(root, "plain");
        PeftFolder.Write(plain, whole, null, "SEQ_CLS", labels: ["left", "right"]);
        WriteFolded(whole);
        string data = Path.Combine(root, "data.jsonl");
        string[] rows = ["""{"text":"a","label":"left"}""", """{"text":"b","label":"right"}"""];
        await File.WriteAllLinesAsync(data, rows, TestContext.Current.CancellationToken);

        (int first, _, string firstSaid) = await CommandRunner.RunAsync(
            "merge", "--adapter", plain, "--out", Path.Combine(root, "merged-plain"), "--dtype", "fp32");
        (int second, _, string secondSaid) = await CommandRunner.RunAsync(
            "merge", "--adapter", Adapter, "--out", Path.Combine(root, "merged-folded"), "--dtype", "fp32");
        (int trained, _, string said) = await CommandRunner.RunAsync(
            "train", "--data", data, "--init", Adapter, "--steps", "1", "--out", Path.Combine(root, "trained"));

        Assert.True((first, second) == (ExitCode.Done, ExitCode.Done), firstSaid + secondSaid);
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(root, "merged-plain", "model.safetensors"));
        using SafetensorsFile actual = SafetensorsFile.Open(Path.Combine(root, "merged-folded", "model.safetensors"));
        Assert.All(expected.Tensors.Keys, name => Assert.All(
            expected.ReadSingles(name).Zip(actual.ReadSingles(name)), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-5)));
        Assert.Equal(ExitCode.BadInput, trained);
        Assert.Contains("was trained on a base with changed weights", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_delta_that_is_missing_another_or_not_wanted_is_refused()
    {
        WriteFolded(Sample());
        string moved = Path.Combine(root, "elsewhere");
        File.Move(Delta, moved);

        (int missing, _, string said) = await ClassifyAsync();
        (int given, _, _) = await ClassifyAsync("--base-delta", moved);
        await File.AppendAllTextAsync(moved, " ", TestContext.Current.CancellationToken);
        (int other, _, string otherSaid) = await ClassifyAsync("--base-delta", moved);
        PeftFolder.Write(Adapter, Sample(), null, "SEQ_CLS", labels: ["left", "right"]);
        (int unwanted, _, string unwantedSaid) = await ClassifyAsync("--base-delta", moved);

        Assert.Equal([ExitCode.BadInput, ExitCode.Done, ExitCode.BadInput, ExitCode.BadInput], [missing, given, other, unwanted]);
        Assert.Contains($"'{Delta}' does not exist; give it with --base-delta", said, StringComparison.Ordinal);
        Assert.Contains("needs the base delta", otherSaid, StringComparison.Ordinal);
        Assert.Contains("goes with the base model as it is", unwantedSaid, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adapters_of_different_bases_are_not_merged()
    {
        WriteFolded(Sample());
        string plain = Path.Combine(root, "plain");
        PeftFolder.Write(plain, Sample(), null, "SEQ_CLS", labels: ["left", "right"]);
        string twin = Path.Combine(root, "twin");
        PeftFolder.Write(twin, Sample(), null, "SEQ_CLS", labels: ["left", "right"], baseDeltaSha256: PeftFolder.ReadBaseDeltaSha256(Adapter));
        string output = Path.Combine(root, "merged");

        (int code, _, string error) = await CommandRunner.RunAsync("aggregate", "--strategy", "FedIT", "--out", output, Adapter, plain);
        (int same, _, _) = await CommandRunner.RunAsync("aggregate", "--strategy", "FedIT", "--out", output, Adapter, twin);

        Assert.Equal((ExitCode.BadInput, ExitCode.Done), (code, same));
        Assert.Contains("was trained on the base model as it is", error, StringComparison.Ordinal);
        Assert.Equal(PeftFolder.ReadBaseDeltaSha256(Adapter), PeftFolder.ReadBaseDeltaSha256(output));
    }

    private Task<(int Code, string Output, string Error)> ClassifyAsync(params string[] more) =>
        CommandRunner.RunAsync([.. new[] { "classify", "--adapter", Adapter, Text }, .. more]);

    private static double Chance(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(words[Array.IndexOf(words, "left") + 1], CultureInfo.InvariantCulture);
    }

    /// <summary>The same model with all of the product in the base.</summary>
    private void WriteFolded(LoraAdapter whole)
    {
        byte[] delta = BaseDeltaFile.Write(BaseDelta.None.Plus(whole.Modules, whole.Settings.Scale));
        File.WriteAllBytes(Delta, delta);
        PeftFolder.Write(
            Adapter, WithoutB(whole), null, "SEQ_CLS", labels: ["left", "right"], baseDeltaSha256: Convert.ToHexStringLower(SHA256.HashData(delta)));
    }

    private static LoraAdapter WithoutB(LoraAdapter adapter)
    {
        LoraAdapter bare = adapter.Clone();
        foreach (LoraFactors factors in bare.Modules.Values)
        {
            factors.B.Values.Clear();
        }

        return bare;
    }

    /// <summary>An adapter of all value layers of the embedded model that changes what it says.</summary>
    private static LoraAdapter Sample()
    {
        BaseModel model = BaseModel.Load(ModelOption.EmbeddedFolder);
        var random = new SeededRandom(5);
        float[] Numbers(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)(scale * random.NextGaussian()))];
        return new LoraAdapter(
            new LoraSettings { Rank = 4, Alpha = 8, TargetModules = ["value"], ModulesToSave = ["classifier"] },
            model.Network.Layout.Linears.Where(layer => layer.Name.EndsWith(".value", StringComparison.Ordinal)).Select(layer => KeyValuePair.Create(
                layer.Name, new LoraFactors(
                    new Matrix(4, layer.Inputs, Numbers(4 * layer.Inputs, 0.1)), new Matrix(layer.Outputs, 4, Numbers(4 * layer.Outputs, 0.1))))),
            [
                KeyValuePair.Create("classifier.weight", new DenseTensor([2, model.Network.HiddenSize], Numbers(2 * model.Network.HiddenSize, 0.3))),
                KeyValuePair.Create("classifier.bias", new DenseTensor([2], new float[2])),
            ]);
    }
}
