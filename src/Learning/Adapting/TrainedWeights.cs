namespace EdgeFlora.Learning.Adapting;

/// <summary>All values that training changes, end to end in one vector; gradients and the optimiser's moments have the same layout.</summary>
internal sealed class TrainedWeights
{
    private readonly float[] values;

    /// <param name="tensors">Name, number of values and whether they decay, in the order of the layout.</param>
    public TrainedWeights(IEnumerable<(string Name, int Length, bool Decays)> tensors)
    {
        var list = new List<TrainedTensor>();
        int offset = 0;
        foreach ((string name, int length, bool decays) in tensors)
        {
            list.Add(new TrainedTensor(name, offset, length, decays));
            offset = checked(offset + length);
        }

        Tensors = list;
        values = new float[offset];
    }

    public IReadOnlyList<TrainedTensor> Tensors { get; }

    public Span<float> Values => values;

    public int Length => values.Length;

    public Span<float> Of(TrainedTensor tensor) => values.AsSpan(tensor.Offset, tensor.Length);

    public WeightBinding Bind(TrainedTensor tensor) => new(values.AsMemory(tensor.Offset, tensor.Length), tensor.Offset);
}
