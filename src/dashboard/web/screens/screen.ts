export interface ScreenProps {
  /** What is open at the place: the id in `/funnels/ID`; empty when nothing is. */
  item: string;
}
