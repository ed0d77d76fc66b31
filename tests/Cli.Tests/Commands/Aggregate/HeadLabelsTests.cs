using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

/// <summary>Heads are merged by the names of their classes, not by the numbers of their rows.</summary>
public sealed class HeadLabelsTests : IDisposable
{
    private readonly AdapterFolders given = new();

    private string Out => Path.Combine(given.Root, "out");

    public void Dispose() => given.Dispose();

    [Fact]
    public async Task Rows_of_the_same_classes_in_another_order_are_brought_into_one_and_the_names_are_in_every_output()
    {
        string[] folders = [Write("a", ["neg", "pos"], 1, 2), Write("b", ["pos", "neg"], 6, 3)];
        string report = Path.Combine(given.Root, "report.json");

        (int code, _, string error) = await given.RunAsync(["--strategy", "FedIT", "--read-out", "2", "--json", report, .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal(["neg", "pos"], PeftFolder.ReadLabels(Out));
        Assert.Equal(["neg", "pos"], PeftFolder.ReadLabels(Out + ".rank-2"));
        Assert.Equal(["neg", "pos"], Json(report).GetProperty("labels").EnumerateArray().Select(label => label.GetString()));
        LoraAdapter merged = PeftFolder.Read(Out);
        Assert.Equal([2, 2, 4, 4], merged.Saved["classifier.weight"].Values); // (1 + 3) / 2 and (2 + 6) / 2
        Assert.Equal([2, 4], merged.Saved["classifier.bias"].Values);
    }

    [Fact]
    public async Task Heads_of_different_classes_are_refused_by_name()
    {
        string a = Write("a", ["angry", "calm"], 1, 2), b = Write("b", ["calm", "sad"], 1, 2);

        await given.AssertRefusedAsync([a, b], $"{b} tells calm, sad apart, {a} angry, calm", "--unite-labels");
    }

    [Fact]
    public async Task United_heads_know_all_classes_each_as_the_mean_of_those_that_know_it()
    {
        string[] folders = [Write("a", ["angry", "calm"], 1, 2), Write("b", ["sad", "calm"], 5, 6)];

        (int code, _, string error) = await given.RunAsync(["--strategy", "FedIT", "--weights", "3,1", "--unite-labels", .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal(["angry", "calm", "sad"], PeftFolder.ReadLabels(Out));
        Assert.Equal([1, 3, 5], PeftFolder.Read(Out).Saved["classifier.bias"].Values); // calm: (3·2 + 1·6) / 4
    }

    [Fact]
    public async Task The_broadcast_adapter_gives_the_order()
    {
        string start = Write("start", ["pos", "neg"], 0, 0);

        (int code, _, string error) = await given.RunAsync(["--strategy", "FedIT", "--broadcast", start, Write("a", ["neg", "pos"], 1, 2)]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal(["pos", "neg"], PeftFolder.ReadLabels(Out));
        Assert.Equal([2, 1], PeftFolder.Read(Out).Saved["classifier.bias"].Values);
    }

    [Fact]
    public async Task A_head_without_names_beside_one_with_names_is_refused_until_its_names_are_given()
    {
        string a = Write("a", ["neg", "pos"], 1, 2), b = Write("b", null, 3, 4);

        await given.AssertRefusedAsync(["--strategy", "FedIT", a, b], $"{b} does not hold the names of its labels, but {a} does (neg, pos)");
        (int code, _, string error) = await given.RunAsync(["--strategy", "FedIT", "--labels", "pos,neg", a, b]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal([2.5f, 2.5f], PeftFolder.Read(Out).Saved["classifier.bias"].Values); // (1 + 4) / 2 and (2 + 3) / 2
    }

    [Theory]
    [InlineData(new[] { "neg", "pos", "neutral" }, "has 2 rows, but its labels are 3 (neg, pos, neutral)")]
    [InlineData(new[] { "neg" }, "has 2 rows, but its labels are 1 (neg)")]
    public async Task Names_that_are_not_as_many_as_the_rows_are_refused(string[] labels, string said)
    {
        await given.AssertRefusedAsync([Write("a", ["neg", "pos"], 1, 2), Write("b", labels, 3, 4)], said);
    }

    [Fact]
    public async Task Adapters_of_different_tasks_are_refused()
    {
        string a = given.Write("a", 1), b = Path.Combine(given.Root, "b");
        PeftFolder.Write(b, AdapterFolders.Adapter(2), "base", "CAUSAL_LM");

        await given.AssertRefusedAsync([a, b], $"{b}: task_type is CAUSAL_LM, expected SEQ_CLS as in {a}");
    }

    [Fact]
    public async Task The_base_model_may_lie_elsewhere_and_be_called_otherwise_where_that_is_said()
    {
        string a = given.Write("a", 1, model: "/home/anna/models/base"), b = given.Write("b", 2, model: "owner/base"),
        c = given.Write("c", 3, model: "other");

        (int elsewhere, _, _) = await given.RunAsync([a, b]);
        await given.AssertRefusedAsync([a, c], $"{c}: the base model is 'other', expected '/home/anna/models/base'", "--any-base-name");
        (int said, _, _) = await given.RunAsync(["--any-base-name", a, c]);

        Assert.Equal((ExitCode.Done, ExitCode.Done), (elsewhere, said));
    }

    private static JsonElement Json(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.Clone();
    }

    /// <summary>An adapter whose head's rows hold one number each.</summary>
    private string Write(string name, string[]? labels, params float[] rows)
    {
        LoraAdapter factors = AdapterFolders.Adapter(1);
        string folder = Path.Combine(given.Root, name);
        var adapter = new LoraAdapter(factors.Settings with { ModulesToSave = ["classifier"] }, factors.Modules,
        [
            KeyValuePair.Create("classifier.weight", new DenseTensor([rows.Length, 2], [.. rows.SelectMany(row => new[] { row, row })])),
            KeyValuePair.Create("classifier.bias", new DenseTensor([rows.Length], rows)),
        ]);
        PeftFolder.Write(folder, adapter, "base", "SEQ_CLS", labels: labels);
        return folder;
    }
}
