using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Models;

public sealed class WeightStorageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Training_on_mapped_weights_gives_the_bits_of_training_on_widened_ones(TensorType type)
    {
        TinyBert.Write(folder.Path, pooler: true, type: type);
        BaseModel mapped = BaseModel.Load(folder.Path);

        float[] expected = TinyTraining.Trained(BaseModel.Load(folder.Path, WeightStorage.Singles), threads: 1);

        Assert.Equal(type, mapped.Weight(mapped.Network.Layout.Linears[0].Weight).Type);
        Assert.Equal(expected, TinyTraining.Trained(mapped, threads: 1));
        Assert.Equal(expected, TinyTraining.Trained(mapped, threads: 2));
    }

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.F64)]
    public void Any_storage_reads_as_the_same_numbers_up_to_its_rounding(TensorType type)
    {
        TinyBert.Write(folder.Path, type: type == TensorType.F64 ? TensorType.F32 : type);
        if (type == TensorType.F64)
        {
            WidenTheFile();
        }

        BaseModel mapped = BaseModel.Load(folder.Path);
        BaseModel singles = BaseModel.Load(folder.Path, WeightStorage.Singles);
        BaseModel whole = BaseModel.Load(folder.Path, WeightStorage.EightBit);
        BaseModel brief = BaseModel.Load(folder.Path, WeightStorage.Bf16);

        foreach (Parameter parameter in singles.Network.Layout.Parameters)
        {
            float[] expected = singles.Weight(parameter).ToArray();
            Assert.Equal(expected, mapped.Weight(mapped.Network.Layout.Parameters.Single(p => p.Name == parameter.Name)).ToArray());

            float[] rounded = new float[parameter.Length];
            whole.ReadSingles(whole.Network.Layout.Parameters.Single(p => p.Name == parameter.Name), rounded);

            // Matrices lose half a 127th of a row's largest value, which is below 0.5; vectors lose nothing.
            double tolerance = parameter.Shape.Count == 1 ? 0 : (0.5 / 127 / 2) + 1e-6;
            Assert.All(expected.Zip(rounded), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));

            FrozenWeight two = brief.Weight(brief.Network.Layout.Parameters.Single(p => p.Name == parameter.Name));
            Assert.Equal(parameter.Shape.Count == 1 ? TensorType.F32 : TensorType.BF16, two.Type);
            // half of the last of bfloat16's eight binary places, of values in [1, 2)
            double part = parameter.Shape.Count == 1 || type == TensorType.BF16 ? 0 : Math.ScaleB(1, -8);
            Assert.All(expected.Zip(two.ToArray()), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, part * Math.Abs(pair.First)));
        }
    }

    [Theory]
    [InlineData("gpt2", TensorType.BF16)] // layers that lie transposed
    [InlineData("gpt2", TensorType.F16)]
    [InlineData("llama", TensorType.BF16)]
    [InlineData("qwen2", TensorType.F16)]
    public void Decoders_in_a_narrow_type_are_held_in_it_and_read_as_the_same_numbers(string name, TensorType type)
    {
        TinyDecoder.Write(folder.Path, name, change: tensors =>
        {
            foreach (TensorData tensor in tensors.Values.ToArray())
            {
                tensors[tensor.Name] = tensor with { Type = type };
            }
        });
        BaseModel mapped = BaseModel.Load(folder.Path);
        BaseModel singles = BaseModel.Load(folder.Path, WeightStorage.Singles);
        BaseModel whole = BaseModel.Load(folder.Path, WeightStorage.EightBit);

        foreach ((Parameter one, Parameter other, Parameter third) in mapped.Network.Layout.Parameters.Zip(
            singles.Network.Layout.Parameters, whole.Network.Layout.Parameters))
        {
            float[] expected = singles.Weight(other).ToArray();
            Assert.Equal(expected, mapped.Weight(one).ToArray());
            Assert.Equal(one.Shape.Count == 2 ? type : TensorType.F32, mapped.Weight(one).Type);
            Assert.Equal(one.Shape.Count == 2 ? TensorType.I8 : TensorType.F32, whole.Weight(third).Type);

            // Half a 127th of a row's largest value, which is below 1.5.
            Assert.All(
                expected.Zip(whole.Weight(third).ToArray()), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, (1.5 / 127 / 2) + 1e-6));
        }
    }

    [Fact]
    public void Mapped_weights_take_no_memory_and_whole_numbers_a_byte_each()
    {
        // 3.2 M values: the 0.4 MB for tokenizer, tables of the layout and pieces that are looked at weigh little beside them.
        WriteLarger();
        long values = BaseModel.Load(folder.Path).Network.Layout.Parameters.Sum(parameter => (long)parameter.Length);

        (long mapped, long ofFile) = Allocated(WeightStorage.Mapped);
        (long singles, long ofSingles) = Allocated(WeightStorage.Singles);
        (long whole, long ofWhole) = Allocated(WeightStorage.EightBit);

        Assert.InRange(mapped, 0, values / 4);
        Assert.InRange(singles, 4 * values, (4 * values) + (values / 4));
        Assert.InRange(whole, values, values + (values / 4));
        Assert.InRange(ofFile, 2 * values, (2 * values) + (values / 20));
        Assert.Equal(4 * values, ofSingles);
        Assert.InRange(ofWhole, values, values + (values / 10));
    }

    [Fact]
    public void A_step_on_mapped_weights_allocates_no_widened_copy()
    {
        WriteLarger();
        using IFineTuning tuning = TinyTraining.Start(BaseModel.Load(folder.Path), threads: 1);
        tuning.TrainStep();
        tuning.TrainStep();

        long allocated = Allocation.Least(_ => tuning.TrainStep());

        Assert.InRange(allocated, 0, 1000); // a new generator for the order of the examples once an epoch
    }

    [Fact]
    public void A_model_in_whole_numbers_answers_much_as_the_original()
    {
        TinyBert.Write(folder.Path, pooler: true);
        using IFineTuning exact = TinyTraining.Start(BaseModel.Load(folder.Path), threads: 1);
        using IFineTuning rounded = TinyTraining.Start(BaseModel.Load(folder.Path, WeightStorage.EightBit), threads: 1);

        double[] losses = [.. Enumerable.Range(0, TinyTraining.Plan.Steps).Select(_ => Math.Abs(exact.TrainStep() - rounded.TrainStep()))];

        Assert.InRange(losses.Max(), 1e-7, 0.02); // not the same, but far nearer than the 0.69 that the loss begins with
    }

    [Fact]
    public void A_model_in_four_bits_answers_much_as_the_original_and_takes_a_quarter_of_half_precision()
    {
        WriteLarger();
        BaseModel four = BaseModel.Load(folder.Path, WeightStorage.FourBit);
        BaseModel half = BaseModel.Load(folder.Path);
        using IFineTuning exact = TinyTraining.Start(half, threads: 1);
        using IFineTuning rounded = TinyTraining.Start(four, threads: 1);

        double[] losses = [.. Enumerable.Range(0, 3).Select(_ => Math.Abs(exact.TrainStep() - rounded.TrainStep()))];

        Assert.InRange(losses.Max(), 1e-7, 0.02); // not the same, but far nearer than the 0.69 that the loss begins with
        Assert.InRange(four.WeightBytes, 0.28 * half.WeightBytes, 0.30 * half.WeightBytes); // 4.5 bits of 16, and the vectors
        Assert.Equal(TinyTraining.Trained(four, threads: 1), TinyTraining.Trained(four, threads: 2));
    }

    [Fact]
    public void A_checkpoint_of_whole_numbers_is_not_continued_on_other_weights()
    {
        TinyBert.Write(folder.Path);
        using IFineTuning rounded = TinyTraining.Start(BaseModel.Load(folder.Path, WeightStorage.EightBit), threads: 1);
        using IFineTuning mapped = TinyTraining.Start(BaseModel.Load(folder.Path), threads: 1);
        using IFineTuning singles = TinyTraining.Start(BaseModel.Load(folder.Path, WeightStorage.Singles), threads: 1);
        using var checkpoint = new MemoryStream();
        rounded.Save(checkpoint);
        using var ofMapped = new MemoryStream();
        mapped.Save(ofMapped);

        checkpoint.Position = 0;
        Assert.Contains("another task", Assert.Throws<InvalidDataException>(() => mapped.Restore(checkpoint)).Message, StringComparison.Ordinal);
        ofMapped.Position = 0;
        singles.Restore(ofMapped); // the same bits, so the same task
    }

    [Fact]
    public void A_model_in_bfloat16_is_trained_as_one_whose_file_is_and_takes_half_the_memory_of_single_precision()
    {
        TinyBert.Write(folder.Path);
        BaseModel singles = BaseModel.Load(folder.Path);
        BaseModel brief = BaseModel.Load(folder.Path, WeightStorage.Bf16);
        using var rounded = new TemporaryFolder();
        TinyBert.Write(rounded.Path, change: tensors =>
        {
            // Vectors keep their single precision, as in a model that was rounded when it was loaded.
            foreach (TensorData tensor in tensors.Values.Where(tensor => tensor.Shape.Count == 2).ToArray())
            {
                tensors[tensor.Name] = tensor with { Type = TensorType.BF16 };
            }
        });

        float[] actual = TinyTraining.Trained(brief, threads: 2);

        Assert.Equal(TinyTraining.Trained(BaseModel.Load(rounded.Path), threads: 1), actual);
        Assert.NotEqual(TinyTraining.Trained(singles, threads: 1), actual);
        Assert.InRange(brief.WeightBytes, 0.5 * singles.WeightBytes, 0.6 * singles.WeightBytes); // the vectors stay as they are
    }

    [Fact]
    public void A_checkpoint_of_bfloat16_is_not_continued_on_other_weights()
    {
        TinyBert.Write(folder.Path);
        using IFineTuning brief = TinyTraining.Start(BaseModel.Load(folder.Path, WeightStorage.Bf16), threads: 1);
        using IFineTuning mapped = TinyTraining.Start(BaseModel.Load(folder.Path), threads: 1);
        using var checkpoint = new MemoryStream();
        brief.Save(checkpoint);

        checkpoint.Position = 0;

        Assert.Contains("another task", Assert.Throws<InvalidDataException>(() => mapped.Restore(checkpoint)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_trained_on_a_file_that_was_written_into_is_not_handed_out()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system keeps writers out.");
        TinyBert.Write(folder.Path);
        BaseModel model = BaseModel.Load(folder.Path);
        using IFineTuning tuning = TinyTraining.Start(model, threads: 1);
        tuning.TrainStep();

        // Another program, which knows nothing of our lock.
        using (var writer = System.Diagnostics.Process.Start("sh", ["-c", "touch -d 2001-02-03 \"$0\"", folder.File("model.safetensors")]))
        {
            writer.WaitForExit();
        }

        Assert.Contains("model.safetensors was written to", Assert.Throws<IOException>(tuning.Snapshot).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_goes_on_when_its_folder_is_deleted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows does not delete a file that is mapped.");
        var deleted = new TemporaryFolder();
        TinyBert.Write(deleted.Path);
        TinyBert.Write(folder.Path);
        BaseModel model = BaseModel.Load(deleted.Path);

        deleted.Dispose();

        Assert.Equal(TinyTraining.Trained(BaseModel.Load(folder.Path), threads: 1), TinyTraining.Trained(model, threads: 1));
    }

    /// <summary>Bytes that loading allocates, and bytes of the weights.</summary>
    private (long Allocated, long Weights) Allocated(WeightStorage storage)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        BaseModel model = BaseModel.Load(folder.Path, storage);
        return (GC.GetAllocatedBytesForCurrentThread() - before, model.WeightBytes);
    }

    private void WriteLarger() =>
        TinyBert.Write(
            folder.Path, TinyBert.Config with { HiddenSize = 256, IntermediateSize = 1024, Layers = 4, MaxPositions = 64 }, TensorType.BF16);

    /// <summary>Rewrites the file with F64 tensors, which the writer does not make.</summary>
    private void WidenTheFile()
    {
        string path = folder.File("model.safetensors");
        var entries = new List<string>();
        using var data = new MemoryStream();
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            foreach (TensorInfo tensor in file.Tensors.Values)
            {
                long start = data.Length;
                foreach (float value in file.ReadSingles(tensor.Name))
                {
                    data.Write(BitConverter.GetBytes((double)value));
                }

                entries.Add(FormattableString.Invariant(
                    $"\"{tensor.Name}\":{{\"dtype\":\"F64\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{start},{data.Length}]}}"));
            }
        }

        byte[] header = System.Text.Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. data.ToArray()]);
    }
}
