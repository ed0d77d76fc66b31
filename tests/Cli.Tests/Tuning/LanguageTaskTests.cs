using System.Text.Json;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests.Commands.Train;

namespace EdgeFlora.Cli.Tests.Tuning;

public sealed class LanguageTaskTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-language-").FullName;
    private readonly string model;

    public LanguageTaskTests() => model = SmallLlama.Write(Path.Combine(root, "model"));

    [Fact]
    public async Task Completions_are_learnt_and_measured_alike_by_train_and_eval()
    {
        string data = SmallLlama.WriteData(root), adapter = Path.Combine(root, "adapter"), json = Path.Combine(root, "train.json"),
        measured = Path.Combine(root, "eval.json");

        (int code, string output, string error) = await CommandRunner.RunAsync(
            Command(data, adapter, "--held-out", data, "--steps", "150", "--lr", "0.05", "--json", json, "--targets", "q_proj,v_proj,down_proj"));
        (int again, _, string wrong) = await CommandRunner.RunAsync(
            "eval", "--model", model, "--adapter", adapter, "--task", "lm", "--data", data, "--json", measured, "--threads", "1");

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal((ExitCode.Done, ""), (again, wrong));
        Assert.Contains("80 tokens: loss", output, StringComparison.Ordinal); // Forty completions of a word and the end.
        Assert.Equal("CAUSAL_LM", PeftConfig.Read(adapter).TaskType);
        double[] losses = [.. Root(json).GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];
        Assert.InRange(losses[^1], 0, 0.6 * losses[0]);
        Assert.Equal(
            Root(json).GetProperty("metrics").GetProperty("loss").GetDouble(), Root(measured).GetProperty("metrics").GetProperty("loss").GetDouble());
        Assert.True(Root(measured).GetProperty("metrics").GetProperty("bitsPerByte").GetDouble() > 0);
    }

    [Fact]
    public async Task A_model_alone_and_a_merged_one_are_measured_without_an_adapter()
    {
        string data = SmallLlama.WriteData(root), adapter = Path.Combine(root, "adapter"), merged = Path.Combine(root, "merged"),
        json = Path.Combine(root, "eval.json");
        string train = Path.Combine(root, "train.json");
        Assert.Equal(
            ExitCode.Done,
            (await CommandRunner.RunAsync(Command(data, adapter, "--held-out", data, "--steps", "20", "--lr", "0.05", "--json", train))).Code);
        Assert.Equal(ExitCode.Done, (await CommandRunner.RunAsync("merge", "--model", model, "--adapter", adapter, "--out", merged)).Code);

        (int code, _, string error) = await CommandRunner.RunAsync(
            "eval", "--model", merged, "--task", "lm", "--data", data, "--json", json, "--threads", "1");
        double inWeights = Loss(json);
        (int alone, _, string wrong) = await CommandRunner.RunAsync(
            "eval", "--model", model, "--task", "lm", "--data", data, "--json", json, "--threads", "1");

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal((ExitCode.Done, ""), (alone, wrong));
        Assert.Equal(Loss(train), inWeights, 1e-4); // merged weights are rounded once more
        Assert.True(Loss(json) > inWeights);
        Assert.Equal(JsonValueKind.Null, Root(json).GetProperty("adapter").ValueKind);
    }

    [Fact]
    public async Task Special_tokens_in_texts_are_those_tokens_or_told_of_with_their_number()
    {
        string data = Path.Combine(root, "chat.jsonl");
        await File.WriteAllTextAsync(data, """{"text": "one <s>two</s> three"}""" + "\n", TestContext.Current.CancellationToken);

        (int code, string recognised, _) = await CommandRunner.RunAsync("eval", "--model", model, "--task", "lm", "--data", data, "--threads", "1");
        (int again, string asText, _) = await CommandRunner.RunAsync(
            "eval", "--model", model, "--task", "lm", "--data", data, "--threads", "1", "--special-tokens", "text");

        Assert.Equal((ExitCode.Done, ExitCode.Done), (code, again));
        Assert.StartsWith("6 tokens: loss", recognised, StringComparison.Ordinal); // one <s> two </s> three, and the end
        Assert.StartsWith(
            "warning: 2 special tokens are written in the texts and read as ordinary text; --special-tokens tokens reads them as the tokens they "
                + "name\n11 tokens: loss",
            asText,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patterns_choose_the_layers_to_adapt()
    {
        string data = SmallLlama.WriteData(root), adapter = Path.Combine(root, "adapter");

        (int code, _, string error) = await CommandRunner.RunAsync(
            Command(data, adapter, "--steps", "1", "--targets", "model.layers.?.mlp.*,q_proj"));
        (int none, _, string refusal) = await CommandRunner.RunAsync(
            Command(data, Path.Combine(root, "none"), "--steps", "1", "--targets", "*.qery"));

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal(
            ["model.layers.0.mlp.down_proj", "model.layers.0.mlp.gate_proj", "model.layers.0.mlp.up_proj", "model.layers.0.self_attn.q_proj"],
            PeftFolder.Read(adapter).Modules.Keys);
        Assert.Equal(ExitCode.BadInput, none);
        Assert.Contains("--targets is '*.qery': The pattern '*.qery' of target modules fits no linear layer", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_that_is_missing_or_of_another_model_is_refused_with_the_reason()
    {
        string numbers = SmallLlama.WriteData(root), labelled = TrainData.Write(root), adapter = Path.Combine(root, "adapter");
        Assert.Equal(ExitCode.Done, (await CommandRunner.RunAsync(TrainData.Command(labelled, adapter))).Code);

        (int none, _, string needed) = await CommandRunner.RunAsync("eval", "--data", labelled);
        (int other, _, string misfit) = await CommandRunner.RunAsync("eval", "--model", model, "--adapter", adapter, "--data", labelled);
        (int further, _, string start) = await CommandRunner.RunAsync(Command(numbers, Path.Combine(root, "next"), "--init", adapter));

        Assert.Equal((ExitCode.BadInput, ExitCode.BadInput, ExitCode.BadInput), (none, other, further));
        Assert.Contains(
            "which has no head that classifies; give the folder of an adapter, or of a model that is a classifier", needed, StringComparison.Ordinal);
        Assert.Contains("The adapter was made for 'edgeflora-doc-bert', the model here is 'model'", misfit, StringComparison.Ordinal);
        Assert.StartsWith($"edgeflora train: --init is '{adapter}', which does not go on here: ", start, StringComparison.Ordinal);
        Assert.Contains("made for 'edgeflora-doc-bert'", start, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_text_is_cut_into_blocks()
    {
        string text = Path.Combine(root, "text.txt");
        await File.WriteAllTextAsync(text, string.Concat(Enumerable.Repeat("one two three four . ", 40)), TestContext.Current.CancellationToken);

        (int code, string output, string error) = await CommandRunner.RunAsync(
            Command(text, Path.Combine(root, "adapter"), "--max-tokens", "16", "--held-out-fraction", "0.25", "--steps", "2"));

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("10 examples to train on, 4 to measure on", output, StringComparison.Ordinal); // 150 words and 50, a beginning token each.
    }

    [Fact]
    public async Task What_does_not_suit_is_refused_in_one_line_and_nothing_is_written()
    {
        string adapter = Path.Combine(root, "adapter"), data = Path.Combine(root, "data.jsonl");
        await File.WriteAllTextAsync(
            data, "{\"prompt\": \"one two three four \", \"completion\": \"five\"}\n{\"text\": \"one\"}\n", TestContext.Current.CancellationToken);

        (int tooLong, _, string shortened) = await CommandRunner.RunAsync(Command(data, adapter, "--max-tokens", "3", "--held-out-fraction", "0"));
        (int encoder, _, string predicted) = await CommandRunner.RunAsync(
            "train", "--task", "lm", "--data", data, "--out", adapter, "--held-out-fraction", "0");

        Assert.Equal((ExitCode.BadInput, ExitCode.BadInput), (tooLong, encoder));
        Assert.Contains("Line 1: the first 5 of its 7 tokens are given, at most 3 are read", shortened, StringComparison.Ordinal);
        Assert.Contains("predicts no tokens", predicted, StringComparison.Ordinal);
        Assert.False(Directory.Exists(adapter));
    }

    [Fact]
    public async Task Problems_are_measured_by_what_the_model_writes_and_programs_run_only_when_that_is_allowed()
    {
        string numbers = SmallLlama.WriteData(root), adapter = Path.Combine(root, "adapter"), maths = Path.Combine(root, "maths.jsonl"),
        programs = Path.Combine(root, "programs.jsonl"), json = Path.Combine(root, "eval.json");
        await File.WriteAllTextAsync(
            maths,
            "{\"question\": \"one\", \"answer\": \"#### 2\"}\n{\"question\": \"two\", \"answer\": \"#### 3\"}\n",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            programs, "{\"task_id\": \"p\", \"prompt\": \"one\", \"test\": \"\", \"entry_point\": \"one\"}\n", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Done, (await CommandRunner.RunAsync(Command(numbers, adapter, "--steps", "1"))).Code);
        string[] Eval(params string[] task) => ["eval", "--model", model, "--adapter", adapter, "--max-new-tokens", "8", "--threads", "1", .. task];

        (int solved, string output, string error) = await CommandRunner.RunAsync(Eval(
            "--task", "gsm8k", "--data", maths, "--limit", "1", "--json", json));
        (int refused, _, string reason) = await CommandRunner.RunAsync(Eval("--task", "humaneval", "--data", programs));
        (int same, _, string samples) = await CommandRunner.RunAsync(Eval("--task", "gsm8k", "--data", maths, "--samples", "2"));

        Assert.Equal((ExitCode.Done, ""), (solved, error));
        Assert.Contains("1 problems: exact match 0.0000", output, StringComparison.Ordinal); // The vocabulary has no digits.
        Assert.Equal(1, Root(json).GetProperty("metrics").GetProperty("problems").GetInt32());
        Assert.Equal((ExitCode.BadInput, ExitCode.BadInput), (refused, same));
        Assert.Contains("allow that with --run-generated-code", reason, StringComparison.Ordinal);
        Assert.Contains("--samples is above 1", samples, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string[] Command(string data, string adapter, params string[] more) =>
        ["train", "--model", model, "--task", "lm", "--data", data, "--out", adapter, "--batch", "8", "--threads", "1", "--seed", "5", .. more];

    private static double Loss(string file) => Root(file).GetProperty("metrics").GetProperty("loss").GetDouble();

    private static JsonElement Root(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.Clone();
    }
}
